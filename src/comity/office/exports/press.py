"""Making PDF of HTML, in a process of its own: `python -m comity.office.exports.press < page > file`.

Its memory is given back when it ends, and a page that breaks it breaks nothing else. It reaches nothing:
whatever the page refers to outside itself is refused.
"""

import sys
from typing import Any, NoReturn


def main() -> int:
    """Turn the page on standard input into a PDF on standard output; 3 when a library is missing."""
    try:
        import weasyprint
    except OSError as error:  # WeasyPrint finds Pango only when it is imported
        sys.stderr.write(f"{error}\n")
        return 3
    page = sys.stdin.buffer.read().decode("utf-8")
    document = weasyprint.HTML(string=page, url_fetcher=_refuse)
    sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


def _refuse(url: str, *_args: Any, **_more: Any) -> NoReturn:
    """Fetch nothing: a page is made of what it holds."""
    raise ValueError(url)


if __name__ == "__main__":
    sys.exit(main())
