"""`comity message alarms` and `comity message set-aside`: what the line has not delivered."""

from datetime import timedelta

from comity.kernel.codes import Role


def look(offices, **later):
    """Have the worker look after the line at a later hour."""
    with offices.at("SI") as home:
        from comity.office.messages import lateness
        from comity.office.scoping import acting_for
        from tests.office.core.making import now

        with acting_for(home.bureau):
            lateness.tell_late(now() + timedelta(**later))
            lateness.expire(now() + timedelta(**later))


def test_alarms_are_listed_and_what_nothing_cures_is_set_aside(offices, comity):
    offices.account("SI", "operator", Role.OPERATOR)
    who = ("--home", offices.path("SI"), "--as", "operator")
    sent = comity("message", "send", *who, "--to", "FR", "--subject", "Car", "-", "--json", stdin="Words.")
    look(offices, hours=2)
    (late,) = comity("message", "alarms", *who, "--json").json
    assert (late["kind"], late["minutes"], late["message_id"]) == ("late", 60, sent.json["message_id"])
    assert "Not delivered after" in comity("message", "alarms", *who).out
    refused = comity("message", "set-aside", *who, str(late["alarm_id"]), "--json")
    assert (refused.code, refused.error_code) == (1, "alarm.stands")

    look(offices, days=91)
    (expired,) = comity("message", "alarms", *who, "--json").json
    assert (expired["kind"], expired["remedy"][:23]) == ("expired", "Nothing more is tried. ")
    done = comity("message", "set-aside", *who, str(expired["alarm_id"]))
    assert (done.code, done.out) == (0, f"Alarm {expired['alarm_id']} is set aside.\n")
    assert comity("message", "alarms", *who, "--json").json == []
