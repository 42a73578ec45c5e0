"""Every way to spoil an envelope that the protocol names, each with the code that must answer it.

`forge(forger)` adds the cases; make_envelope_vectors.py writes them down. What a case does is said by its
name; who could do it: a relay (nothing signed anew), a thief of an old key, a dishonest sender (signed anew).
"""

import base64
import copy

MALFORMED, CANONICAL, SUITE = "envelope.malformed", "envelope.not_canonical", "envelope.suite"
INSTANT, STANZAS, RECIPIENT = "envelope.instant", "envelope.stanzas", "envelope.recipient"
SENDER, SIGNATURE, ALTERED = "envelope.sender", "envelope.signature", "envelope.altered"
CONTENT, COMMITMENT, LIMIT = "envelope.content", "envelope.commitment", "limit.body"
ORDER = {"header": "suite", "stanzas": "recipient"}
HEADER = ("created_at", "expires_at", "message_id", "priority", "sealed", "sender", "signing_key", "suite")
STANZA = ("key", "recipient", "salt", "sequence", "wrapped_key")
TOP = ("ciphertext", "header", "signature", "stanza_digests", "stanzas")


def forge(forger):
    for kind in (
        texts,
        shapes,
        encodings,
        suites,
        instants,
        names,
        relay_alters_header,
        sender_alters_header,
        stanzas,
        dishonest_stanzas,
        contents_altered,
        signatures,
        senders,
        letters,
        commitments,
        readers,
        sizes,
    ):
        kind(forger)


def flipped(text, place):
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place % len(raw)] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


def texts(forger):
    """Not the one text that stands for this envelope: two readers might see different things."""
    whole = forger.canonical(forger.copy()).decode()
    header_end = whole.index('"priority"')
    twice = '"priority":"urgent"'
    for name, old, new, code in (
        ("text-empty", "", "", MALFORMED),
        ("text-cut-in-half", whole[len(whole) // 2 :], "", MALFORMED),
        ("text-last-brace-missing", whole[-40:], whole[-40:-1], MALFORMED),
        ("text-behind-the-end", whole[-40:], whole[-40:] + "x", MALFORMED),
        ("text-second-envelope-behind", whole[-40:], whole[-40:] + "{}", MALFORMED),
        ("text-in-an-array", "", "[{}]", MALFORMED),
        ("text-is-a-string", "", '"envelope"', MALFORMED),
        ("text-is-null", "", "null", MALFORMED),
        ("text-byte-order-mark", "", "\ufeff{}", MALFORMED),
        ("text-lone-surrogate", '"urgent"', '"\\ud800"', MALFORMED),
        ("text-comment", '"header":', '"header":/**/', MALFORMED),
        ("text-comma-at-the-end", whole[-40:], whole[-40:-1] + ",}", MALFORMED),
        ("text-single-quotes", '"urgent"', "'urgent'", MALFORMED),
        ("text-not-a-number", '"sequence":1', '"sequence":NaN', MALFORMED),
        ("text-number-with-fraction", '"sequence":1', '"sequence":1.5', MALFORMED),
        ("text-number-leading-zero", '"sequence":1', '"sequence":01', MALFORMED),
        ("text-number-as-text", '"sequence":1', '"sequence":"1"', MALFORMED),
        ("text-blank-before", "", " {}", CANONICAL),
        ("text-newline-behind", whole[-40:], whole[-40:] + "\n", CANONICAL),
        ("text-blank-after-colon", '"header":', '"header": ', CANONICAL),
        ("text-escaped-letter", '"urgent"', '"\\u0075rgent"', CANONICAL),
        ("text-escaped-name", '"priority"', '"\\u0070riority"', CANONICAL),
        ("text-escaped-slash", '"FR"', '"F\\u0052"', CANONICAL),
        ("text-name-twice-same", twice, f"{twice},{twice}", CANONICAL),
        ("text-name-twice-first-other", twice, f'"priority":"flash",{twice}', CANONICAL),
        ("text-recipient-twice", '"recipient":"FR"', '"recipient":"DE","recipient":"FR"', CANONICAL),
        ("text-sequence-twice", '"sequence":1', '"sequence":9,"sequence":1', CANONICAL),
        ("text-ciphertext-twice", '"ciphertext":', '"ciphertext":"AAAA","ciphertext":', CANONICAL),
        ("text-signature-twice", '"signature":', '"signature":{},"signature":', CANONICAL),
        ("text-stanzas-twice", '"stanzas":', '"stanzas":[],"stanzas":', CANONICAL),
        ("text-algorithm-twice", '"ed25519":', '"ed25519":"AAAA","ed25519":', CANONICAL),
    ):
        forger.add(name, code, text=[(old, new)])
    moved = whole[header_end : whole.index('"sealed"')]
    forger.add(
        "text-fields-in-another-order",
        CANONICAL,
        text=[(moved, ""), ('"created_at"', moved + '"created_at"')],
    )


def shapes(forger):
    """Fields that are missing, unknown or of another type."""
    for field in TOP:
        changed = forger.copy()
        del changed[field]
        forger.add(f"without-{field}", MALFORMED, changed)
        forger.add(f"null-{field}", MALFORMED, forger.copy() | {field: None})
    for place, fields in (("header", HEADER), ("stanza", STANZA)):
        for field in fields:
            for name, value in (("without", None), ("number", 5), ("list", [])):
                if (field, name) == ("sequence", "number"):
                    continue
                changed = forger.copy()
                part = changed["header"] if place == "header" else changed["stanzas"][0]
                if name == "without":
                    del part[field]
                else:
                    part[field] = value
                forger.add(f"{name}-{place}-{field}", MALFORMED, changed)
    for name, path in (("envelope", []), ("header", ["header"]), ("stanza", ["stanzas", 0])):
        forger.add(f"unknown-field-in-{name}", MALFORMED, [[[*path, "bcc"], "IT"]])
    forger.add("stanzas-as-mapping", MALFORMED, forger.copy() | {"stanzas": {}})
    forger.add("signature-as-text", MALFORMED, forger.copy() | {"signature": "AAAA"})
    forger.add("digest-as-number", MALFORMED, forger.copy() | {"stanza_digests": [5]})
    for number in (True, 1.0, -1, 0, 2**53, 2**63, 2**64):
        forger.add(f"sequence-{str(number).lower()}", MALFORMED, [[["stanzas", 0, "sequence"], number]])


def encodings(forger):
    """Texts that stand for no bytes, or that are not the one text for theirs."""
    good = forger.copy()
    places = {
        "ciphertext": (["ciphertext"], good["ciphertext"]),
        "salt": (["stanzas", 0, "salt"], good["stanzas"][0]["salt"]),
        "wrapped-key": (["stanzas", 0, "wrapped_key"], good["stanzas"][0]["wrapped_key"]),
        "digest": (["stanza_digests", 0], good["stanza_digests"][0]),
    }
    for name, (path, text) in places.items():
        forger.add(f"padding-in-{name}", MALFORMED, [[path, text + "=" * (-len(text) % 4 or 1)]])
        forger.add(f"newline-in-{name}", MALFORMED, [[path, text[:8] + "\n" + text[8:]]])
        forger.add(f"other-alphabet-in-{name}", MALFORMED, [[path, "+/" + text[2:]]])
        forger.add(f"letter-outside-ascii-in-{name}", MALFORMED, [[path, "é" + text[1:]]])
        if name != "ciphertext":
            forger.add(f"empty-{name}", MALFORMED, [[path, ""]])
            forger.add(f"short-{name}", MALFORMED, [[path, text[:-4]]])
            forger.add(f"long-{name}", MALFORMED, [[path, "AAAA" + text]])
    for name in ("salt", "digest"):
        path, text = places[name]
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        forger.add(f"set-bits-behind-{name}", MALFORMED, [[path, text[:-1] + last[last.index(text[-1]) + 1]]])


def suites(forger):
    """Downgrades: nothing but the suite of this version is spoken."""
    good = forger.copy()["header"]["suite"]
    for name, suite in {
        "empty": "",
        "none": "none",
        "earlier": "comity-0:rsa:aes-256-cbc:rsa",
        "later": good.replace("comity-1", "comity-2"),
        "no-signature": good.rsplit(":", 1)[0],
        "ed25519-alone": good.replace("+ml-dsa-65", ""),
        "ml-dsa-alone": good.replace("ed25519+", ""),
        "no-post-quantum": good.replace("mlkem768-", ""),
        "no-curve": good.replace("-x25519", ""),
        "unchunked": good.replace("-stream", ""),
        "aes-128": good.replace("aes-256", "aes-128"),
        "capitals": good.upper(),
        "blank-behind": good + " ",
        "blank-before": " " + good,
        "zero-byte-behind": good + "\0",
    }.items():
        forger.add(f"suite-{name}", SUITE, [[["header", "suite"], suite]])


def instants(forger):
    """Times that are no instants of the protocol, or impossible together."""
    for name, text in {
        "words": "yesterday",
        "empty": "",
        "date-alone": "2026-03-01",
        "no-fraction": "2026-03-01T12:00:00Z",
        "milliseconds": "2026-03-01T12:00:00.000Z",
        "nanoseconds": "2026-03-01T12:00:00.000000000Z",
        "no-zone": "2026-03-01T12:00:00.000000",
        "offset-zero": "2026-03-01T12:00:00.000000+00:00",
        "other-zone": "2026-03-01T12:00:00.000000+01:00",
        "small-z": "2026-03-01T12:00:00.000000z",
        "small-t": "2026-03-01t12:00:00.000000Z",
        "blank-for-t": "2026-03-01 12:00:00.000000Z",
        "blank-behind": "2026-03-01T12:00:00.000000Z ",
        "thirtieth-of-february": "2026-02-30T12:00:00.000000Z",
        "hour-24": "2026-03-01T24:00:00.000000Z",
        "leap-second": "2026-03-01T11:59:60.000000Z",
        "year-zero": "0000-03-01T12:00:00.000000Z",
        "five-digit-year": "12026-03-01T12:00:00.000000Z",
        "arabic-digits": "٢٠٢٦-03-01T12:00:00.000000Z",
        "seconds-since-1970": "1772366400",
    }.items():
        forger.add(f"instant-{name}", INSTANT, [[["header", "created_at"], text]])
    forger.add("expiry-words", INSTANT, [[["header", "expires_at"], "never"]])
    header = forger.copy()["header"]
    forger.add("expires-when-made", INSTANT, [[["header", "expires_at"], header["created_at"]]])
    forger.add("expires-before-made", INSTANT, [[["header", "expires_at"], "2026-02-28T12:00:00.000000Z"]])
    forger.add("lives-over-ninety-days", INSTANT, [[["header", "expires_at"], "2026-05-30T12:00:00.000001Z"]])
    forger.add("lives-for-ever", INSTANT, [[["header", "expires_at"], "9999-12-31T23:59:59.000000Z"]])
    ahead = forger.copy()
    ahead["header"] |= {"created_at": "2026-03-02T12:00:00.000001Z"}
    forger.add("dated-over-a-day-ahead", INSTANT, forger.resigned(ahead))
    forger.add("read-at-its-expiry", "envelope.expired", at="2026-03-31T12:00:00.000000Z")
    forger.add("read-a-year-later", "envelope.expired", at="2027-03-01T12:00:00.000000Z")


def names(forger):
    """Ids and codes that cannot be."""
    number = forger.copy()["header"]["message_id"]
    for name, text in {
        "empty": "",
        "one": "1",
        "capitals": number.upper().replace("0", "A"),
        "version-4": number[:14] + "4" + number[15:],
        "other-variant": number[:19] + "0" + number[20:],
        "no-hyphens": number.replace("-", ""),
        "braces": "{" + number + "}",
        "newline-behind": number + "\n",
    }.items():
        forger.add(f"message-id-{name}", MALFORMED, [[["header", "message_id"], text]])
    for name, text in {
        "empty": "",
        "small": "si",
        "three": "SVN",
        "newline": "SI\n",
        "path": "../SI",
    }.items():
        forger.add(f"sender-{name}", MALFORMED, [[["header", "sender"], text]])
    for name, text in {
        "empty": "",
        "small": "fr",
        "post": "FR-post1",
        "newline": "FR\n",
        "star": "*",
    }.items():
        forger.add(f"recipient-{name}", MALFORMED, [[["stanzas", 0, "recipient"], text]])
    forger.add("priority-unknown", MALFORMED, [[["header", "priority"], "routine"]])
    forger.add("priority-capitals", MALFORMED, [[["header", "priority"], "URGENT"]])
    for place, path in (("signing-key", ["header", "signing_key"]), ("sealing-key", ["stanzas", 0, "key"])):
        for name, text in {"empty": "", "short": "ab" * 15, "long": "ab" * 17, "capitals": "AB" * 16}.items():
            forger.add(f"{place}-{name}", MALFORMED, [[path, text]])
    for name, text in {"empty": "", "short": "ab" * 31, "capitals": "AB" * 32, "base64": "_" * 64}.items():
        forger.add(f"sealed-{name}", MALFORMED, [[["header", "sealed"], text]])


CHANGES = {
    "re-dated": {"created_at": "2026-02-28T12:00:00.000000Z"},
    "prolonged": {"expires_at": "2026-04-30T12:00:00.000000Z"},
    "shortened": {"expires_at": "2026-03-02T12:00:00.000000Z"},
    "made-flash": {"priority": "flash"},
    "made-normal": {"priority": "normal"},
    "renamed": {"message_id": "019ca937-9600-7000-8000-0000000000ff"},
    "other-commitment": {"sealed": "00" * 32},
}


def relay_alters_header(forger):
    """The relay changes what it can see; the signature does not hold any more."""
    for name, change in CHANGES.items():
        changed = forger.copy()
        changed["header"] |= change
        forger.add(f"relay-{name}", SIGNATURE, changed)
    other = forger.copy("flash")["header"]
    forger.add("relay-header-of-another", SIGNATURE, forger.copy() | {"header": other})
    late = forger.copy()
    late["header"] |= {"expires_at": "2026-04-30T12:00:00.000000Z"}
    forger.add("relay-prolongs-what-has-expired", SIGNATURE, late, at="2026-04-02T12:00:00.000000Z")


def sender_alters_header(forger):
    """Signed anew, but content and keys were sealed under the header as it was."""
    for name, change in CHANGES.items():
        changed = forger.copy()
        changed["header"] |= change
        forger.add(f"sender-{name}", ALTERED, forger.resigned(changed))
    stolen = forger.copy()
    stolen["header"] |= {"sender": "DE", "signing_key": forger.signing_id("DE")}
    forger.add("another-signs-it-as-its-own", ALTERED, forger.resigned(stolen, "DE"))


def stanzas(forger):
    """Recipients stripped, added, changed, swapped: the list that the sender signed says otherwise."""
    change = {
        "no-stanza": [[["stanzas"], []]],
        "stanza-twice": [[["stanzas", 1], forger.copy()["stanzas"][0]]],
        "no-digest": [[["stanza_digests"], []]],
        "digest-twice": [[["stanza_digests", 1], forger.copy()["stanza_digests"][0]]],
        "digest-of-another": [[["stanza_digests"], forger.copy("flash")["stanza_digests"]]],
        "renumbered": [[["stanzas", 0, "sequence"], 2]],
        "other-key-id": [[["stanzas", 0, "key"], "ab" * 16]],
        "re-addressed": [[["stanzas", 0, "recipient"], "DE"]],
        "other-salt": [[["stanzas", 0, "salt"], "A" * 22]],
        "wrapped-key-altered": [
            [["stanzas", 0, "wrapped_key"], flipped(forger.copy()["stanzas"][0]["wrapped_key"], 700)]
        ],
    }
    for name, edits in change.items():
        forger.add(f"stanza-{name}" if "stanza" not in name else name, STANZAS, edits)
    foreign = forger.copy("flash")["stanzas"]
    forger.add("stanza-of-another-envelope", STANZAS, forger.copy() | {"stanzas": foreign})
    forger.add("stanza-added", STANZAS, forger.copy() | {"stanzas": forger.copy()["stanzas"] + foreign})
    several = forger.copy("several")
    digests = several["stanza_digests"]
    fillings = sorted({*digests, *(f"{n:04d}" + "A" * 39 for n in range(253))}, key=raw)
    left_out = STANZAS if needed(forger, digests[1:]) else SIGNATURE
    for name, listed, code in (
        ("digests-reversed", digests[::-1], STANZAS),
        ("digest-left-out", digests[1:], left_out),
        ("digests-all-left-out", [], STANZAS),
        ("digests-too-many", fillings, STANZAS),
    ):
        forger.add(name, code, several | {"stanza_digests": listed}, base="several")
    swapped = copy.deepcopy(several)
    first, second = swapped["stanzas"][:2]
    first["wrapped_key"], second["wrapped_key"] = second["wrapped_key"], first["wrapped_key"]
    forger.add("wrapped-keys-swapped-between-recipients", STANZAS, swapped, base="several")
    renamed = copy.deepcopy(several)
    first, second = renamed["stanzas"][:2]
    first["recipient"], second["recipient"] = second["recipient"], first["recipient"]
    forger.add("recipients-swapped-between-stanzas", STANZAS, renamed, base="several")
    relisted = forger.relisted(copy.deepcopy(several) | {"stanzas": several["stanzas"][:2]})
    forger.add("recipient-stripped-and-list-made-anew", SIGNATURE, relisted, base="several")
    added = copy.deepcopy(several)
    added["stanzas"].append(added["stanzas"][0] | {"recipient": "IT"})
    forger.add("recipient-added-and-list-made-anew", SIGNATURE, forger.relisted(added), base="several")
    moved = forger.copy()
    moved["stanzas"][0]["recipient"] = "DE"
    forger.add("re-addressed-and-list-made-anew", SIGNATURE, forger.relisted(moved), reader="DE")
    reused = forger.copy() | {"stanzas": foreign}
    forger.add("stanza-of-another-and-list-made-anew", SIGNATURE, forger.relisted(reused))


def raw(text):
    return base64.urlsafe_b64decode(text + "=")


def needed(forger, listed):
    """Tell whether the digest left out is a stanza's and no filling."""
    made = forger.relisted(forger.copy("several"))["stanza_digests"]
    return not set(made) <= set(listed)


def dishonest_stanzas(forger):
    """Listed and signed anew by the sender: the wrapped key tells for whom, under what header, as which number."""
    for name, change, code in (
        ("renumbered", {"sequence": 2}, ALTERED),
        ("key-not-held", {"key": "ab" * 16}, "envelope.sealing_key"),
        ("key-of-another-bureau", {"key": forger.key_id("DE")}, "envelope.sealing_key"),
        ("former-key-named", {"key": forger.key_id("FR.old")}, ALTERED),
    ):
        changed = forger.copy()
        changed["stanzas"][0] |= change
        forger.add(f"sender-stanza-{name}", code, forger.resigned(forger.relisted(changed)))
    for name, place in (("kem", 0), ("curve", 1100), ("key", 1130), ("tag", 1167)):
        changed = forger.copy()
        changed["stanzas"][0]["wrapped_key"] = flipped(changed["stanzas"][0]["wrapped_key"], place)
        forger.add(f"sender-wrapped-key-{name}-altered", ALTERED, forger.resigned(forger.relisted(changed)))
    reused = forger.copy() | {"stanzas": forger.copy("flash")["stanzas"]}
    forger.add("sender-stanza-of-another-envelope", ALTERED, forger.resigned(forger.relisted(reused)))
    moved = forger.copy()
    moved["stanzas"][0] |= {"recipient": "DE", "key": forger.key_id("DE")}
    forger.add(
        "sender-re-addresses-without-sealing", ALTERED, forger.resigned(forger.relisted(moved)), reader="DE"
    )
    to_old = forger.copy()
    to_old["stanzas"][0] |= {"key": forger.key_id("FR.old")}
    forger.add("relay-names-former-key", STANZAS, to_old)


def contents_altered(forger):
    """The content changed: by the relay the signature fails, signed anew it does not open."""
    good = forger.copy()["ciphertext"]
    for name, text in {
        "first-byte": flipped(good, 0),
        "nonce": flipped(good, 6),
        "middle": flipped(good, 500),
        "tag": flipped(good, -1),
        "cut-by-one": base64.urlsafe_b64encode(raw_any(good)[:-1]).rstrip(b"=").decode(),
        "cut-to-nonce": base64.urlsafe_b64encode(raw_any(good)[:7]).rstrip(b"=").decode(),
        "empty": "",
        "of-another": forger.copy("flash")["ciphertext"],
    }.items():
        changed = forger.copy() | {"ciphertext": text}
        forger.add(f"content-{name}", SIGNATURE, [[["ciphertext"], text]])
        forger.add(f"sender-content-{name}", ALTERED, forger.resigned(changed))
    large = forger.copy("large")["ciphertext"]
    for name, order in {
        "swapped": [1, 0, 2],
        "last-first": [2, 0, 1],
        "last-missing": [0, 1],
        "first-missing": [1, 2],
        "middle-missing": [0, 2],
        "doubled": [0, 1, 1, 2],
        "last-doubled": [0, 1, 2, 2],
        "alone": [0],
    }.items():
        edit = [["ciphertext"], {"$chunks": order}]
        forger.add(f"chunks-{name}", SIGNATURE, [edit], base="large")
        changed = forger.copy("large") | {"ciphertext": forger.rechunked(large, order)}
        signature = [["signature"], forger.resigned(changed)["signature"]]
        forger.add(f"sender-chunks-{name}", ALTERED, [edit, signature], base="large")


def raw_any(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signatures(forger):
    """Both algorithms, both over this envelope, by the sender's key, in the envelope's context."""
    good = forger.copy()["signature"]
    classic, quantum = good["ed25519"], good["ml_dsa_65"]
    for name, signature in {
        "none": {},
        "ed25519-alone": {"ed25519": classic},
        "ml-dsa-alone": {"ml_dsa_65": quantum},
        "one-more": good | {"rsa": "AA"},
        "renamed": {"ED25519": classic, "ML_DSA_65": quantum},
        "exchanged": {"ed25519": quantum, "ml_dsa_65": classic},
        "ed25519-empty": good | {"ed25519": ""},
        "ml-dsa-empty": good | {"ml_dsa_65": ""},
        "ed25519-cut": good | {"ed25519": classic[:-4]},
        "ml-dsa-cut": good | {"ml_dsa_65": quantum[:-4]},
        "ed25519-r-altered": good | {"ed25519": flipped(classic, 0)},
        "ed25519-s-altered": good | {"ed25519": flipped(classic, 40)},
        "ml-dsa-altered": good | {"ml_dsa_65": flipped(quantum, 9)},
        "ml-dsa-hint-altered": good | {"ml_dsa_65": flipped(quantum, -1)},
        "ed25519-padded": good | {"ed25519": classic + "=="},
        "ml-dsa-not-base64": good | {"ml_dsa_65": "é" + quantum[1:]},
        "ed25519-zero": good | {"ed25519": "A" * 86},
        "of-another-envelope": forger.copy("flash")["signature"],
        "half-of-another-envelope": good | {"ml_dsa_65": forger.copy("flash")["signature"]["ml_dsa_65"]},
    }.items():
        forger.add(f"signature-{name}", SIGNATURE, forger.copy() | {"signature": signature})
    forger.add("signature-of-another-member", SIGNATURE, forger.resigned(forger.copy(), "FR"))
    forger.add(
        "signature-of-former-key-under-present-id", SIGNATURE, forger.resigned(forger.copy(), "SI.old")
    )
    forger.add("signature-as-receipt", SIGNATURE, forger.resigned(forger.copy(), context="receipt"))
    forger.add("signature-as-submission", SIGNATURE, forger.resigned(forger.copy(), context="submission"))


def senders(forger):
    """Who is no sender, is one no more, or signs with a key out of its time."""
    for name, sender, code in (
        ("unknown", "XX", "member.unknown"),
        ("removed", "IT", "member.not_active"),
        ("suspended", "ES", "member.not_active"),
        ("post", "SI-post1", SENDER),
    ):
        changed = forger.copy()
        key = sender if sender != "XX" else "SI"
        changed["header"] |= {"sender": sender, "signing_key": forger.signing_id(key)}
        forger.add(f"from-{name}", code, forger.resigned(changed, key))
    position = [["members", place_of("SI"), "status"]]
    for status in ("removed", "suspended"):
        forger.add(f"sender-{status}-since", "member.not_active", directory=[[*position, status]])
    forger.add(
        "sender-never-listed", "member.unknown", directory=[[["members", place_of("SI"), "node"], "SM"]]
    )
    for name, key, made, code in (
        ("unknown-key", None, None, "envelope.signing_key"),
        ("key-of-another-member", "FR", None, "envelope.signing_key"),
        ("former-key-today", "SI.old", None, "envelope.key_retired"),
        ("former-key-after-overlap", "SI.old", "2026-02-01T01:00:00.000000Z", "envelope.key_retired"),
        ("stolen-key-today", "SI.stolen", None, "envelope.key_retired"),
        ("stolen-key-as-of", "SI.stolen", "2025-12-15T00:00:00.000000Z", "envelope.key_retired"),
        ("stolen-key-after", "SI.stolen", "2025-12-20T00:00:00.000000Z", "envelope.key_retired"),
    ):
        changed = forger.copy()
        changed["header"]["signing_key"] = forger.signing_id(key) if key else "ab" * 16
        if made:
            changed["header"] |= {"created_at": made, "expires_at": "2026-03-02T00:00:00.000000Z"}
        forger.add(name, code, changed)
    gone = [[["members", place_of("SI"), "former_keys"], []]]
    forger.add(
        "former-key-no-longer-listed", "envelope.signing_key", base="former-signing-key", directory=gone
    )


def place_of(node):
    """Members stand in order of node."""
    return sorted(("SEC", "SI", "FR", "DE", "IT", "ES", "SI-post1")).index(node)


def padded(data, to=1024):
    return data + b" " * (-len(data) % to)


def letters(forger):
    """Signed, sealed and committed to by the sender, but no letter of the protocol inside."""
    good = forger.canonical(forger.letter_of())
    for name, plaintext in {
        "empty": b"",
        "blanks": b" " * 1024,
        "no-json": padded(b"Dear colleagues"),
        "other-object": padded(b'{"form":"bomb"}'),
        "array": padded(b"[]"),
        "not-padded": good,
        "padded-too-far": padded(good) + b" " * 1024,
        "padded-with-newlines": good + b"\n" * (-len(good) % 1024),
        "padded-with-zeros": good + b"\0" * (-len(good) % 1024),
        "padded-in-front": b" " * (-len(good) % 1024) + good,
        "blank-inside": padded(good.replace(b'{"header"', b'{ "header"')),
        "name-twice": padded(good.replace(b'"order":4', b'"order":4,"order":4')),
        "label-twice": padded(good.replace(b'"label":', b'"label":"official","label":')),
        "order-negative": padded(good.replace(b'"order":4', b'"order":-4')),
        "order-too-large": padded(good.replace(b'"order":4', b'"order":9007199254740992')),
        "order-as-text": padded(good.replace(b'"order":4', b'"order":"4"')),
        "fraction": padded(good.replace(b'"count":2', b'"count":2.5')),
        "too-deep": padded(good.replace(b'"count":2', b'"count":' + b"[" * 3000 + b"]" * 3000)),
        "unknown-field": padded(good.replace(b'"subject"', b'"bcc":[],"subject"')),
        "unknown-field-in-header": padded(good.replace(b'"unit"', b'"u":1,"unit"')),
        "without-thread": padded(good.replace(b'"thread_id":"019ca937-9600-7000-8000-0000000000aa",', b"")),
        "label-unknown": padded(good.replace(b'"restricted"', b'"secret"')),
        "form-with-blank": padded(good.replace(b'"free_text"', b'"free text"')),
        "form-in-capitals": padded(good.replace(b'"free_text"', b'"FREE_TEXT"')),
        "form-as-path": padded(good.replace(b'"free_text"', b'"../free"')),
        "not-utf-8": padded(good.replace(b"Vozilo", b"\xff\xfe")),
        "escaped": padded(good.replace(b"Vozilo", b"\\u0056ozilo")),
        "defaults-left-out": padded(good.replace(b'"attachments":[],', b"")),
    }.items():
        forger.add(f"letter-{name}", CONTENT, forger.rewritten(plaintext))


def commitments(forger):
    """What is inside is not what the header commits to: case, label, order, form, unit, recipients, or key."""
    good = padded(forger.canonical(forger.letter_of()))
    for name, other in {
        "case": {"thread_id": "019ca937-9600-7000-8000-0000000000bb"},
        "label": {"label": "official"},
        "form": {"form": "recall"},
        "order": {"order": 5},
        "unit": {"unit": ""},
        "answer": {"in_reply_to": "019ca937-9600-7000-8000-000000000001"},
        "recipients": {"recipients": ["FR"]},
    }.items():
        changed = forger.rewritten(good, committed=forger.letter_of(**other).header)
        forger.add(f"swapped-{name}", COMMITMENT, changed)
    changed = forger.rewritten(good, other_key=b"\1" * 32)
    forger.add("committed-to-another-key", COMMITMENT, changed)
    for name, named in {
        "without-own": ["DE"],
        "one-more": ["DE", "FR"],
        "none": [],
        "twice": ["FR", "FR"],
    }.items():
        letter = forger.letter_of(recipients=named)
        changed = forger.rewritten(padded(forger.canonical(letter)), committed=letter.header)
        forger.add(f"recipients-named-{name}", STANZAS, changed)


def readers(forger):
    """Copies in the wrong hands."""
    forger.add("copy-at-another-bureau", RECIPIENT, reader="DE")
    forger.add("copy-at-the-sender", RECIPIENT, reader="SI")
    forger.add("all-stanzas-at-a-recipient", RECIPIENT, base="several", reader="FR")
    two = forger.copy("several")
    two["stanzas"] = [stanza for stanza in two["stanzas"] if stanza["recipient"] != "SEC"]
    forger.add("two-stanzas-at-a-recipient", RECIPIENT, two, base="several", reader="FR")
    others = forger.copy("several", "DE")
    forger.add("copy-of-another-recipient", RECIPIENT, others, base="several", reader="FR")


def sizes(forger):
    """More than there may be."""
    forger.add("content-over-a-mebibyte", LIMIT, [[["ciphertext"], {"$repeat": ["AAAA", 349_527]}]])
    forger.add("text-over-two-mebibytes", LIMIT, [[["ciphertext"], {"$repeat": ["AAAA", 600_000]}]])
    forger.add("suite-of-two-mebibytes", LIMIT, [[["header", "suite"], {"$repeat": ["AAAA", 600_000]}]])
    stanza = forger.copy()["stanzas"][0]
    forger.add("stanzas-over-250", LIMIT, [[["stanzas"], {"$repeat": [[stanza], 251]}]])
