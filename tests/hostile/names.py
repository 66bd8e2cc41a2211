"""File names that mean harm, each with what it tries."""

from __future__ import annotations

from typing import Final

HEADER: Final = "Bcc: everybody@example.com"
"""What a mail must not get from a file's name."""

NAMES: Final = {
    f"talk.mp3\r\n{HEADER}\r\n\r\nhello": "ends the subject, and adds a header and a body",
    f"talk.mp3\n {HEADER}": "a folded header goes on after a blank",
    f"talk.mp3\r{HEADER}": "some servers end lines so",
    f"talk.mp3\u2028{HEADER}\u2029\x85{HEADER}": "ends of lines in Unicode",
    f"talk.mp3\v{HEADER}\f{HEADER}": "ends of lines of printers",
    "=?utf-8?Q?Bcc=3A_everybody=40example.com?=": "an encoded word, as mail headers have them",
    "<script>alert(1)</script>.mp3": "runs in a page",
    '"><img src=x onerror=alert(1)>.mp3': "leaves an attribute, and runs in a page",
    "<a href=https://evil.example>Download</a>.mp3": "a link in the mail",
    "</title><style>*{display:none}</style>.mp3": "hides the mail",
    "&lt;b&gt;&#60;i&#62;.mp3": "escaped already",
    "javascript:alert(1).mp3": "an address that runs",
    "{file} {job_id} {0} %s %n ${x} $(id) `id`.mp3": "templates, formats and shells fill it",
    "gpj.exe\u202e3pm.mp3": "turns the direction of what follows",
    "\u2066\u2067\u2068a\u202a\u202b\u202d.mp3": "directions that are never ended",
    "תוכנית exe.3pm": "letters of a script that runs to the left",
    "اجتماع.mp3": "letters of a script that runs to the left",
    "\u200b\u200c\u2060\ufeff": "nothing that can be seen",
    "talk\0.mp3": "ends a string in C",
    "\x1b]0;owned\x07\x1b[2Jtalk.mp3": "commands a terminal that shows the logs",
    "../../../../etc/passwd": "leaves its folder",
    "..": "is a folder",
    "/etc/passwd": "starts at the root",
    "C:\\Windows\\system32\\config\\SAM": "a path on Windows",
    "\\\\evil.example\\share\\talk.mp3": "a path over the network",
    "file:///etc/passwd": "an address of a file",
    "http://169.254.169.254/latest/meta-data/": "an address that gives out credentials",
    "concat:/etc/passwd|/etc/hosts": "a protocol of ffmpeg",
    "-i /etc/passwd -y": "an option of a command",
    "CON": "a device on Windows",
    "talk.mp3; rm -rf ~": "a command after another",
    "talk\"; filename*=utf-8''evil.exe; x=\".mp3": "ends a quoted header value",
    "%2e%2e%2f%00%0d%0aX: y.mp3": "decoded once more it is another",
    "a" * 1024: "as long as may be",
    "☎" * 1024: "three bytes for each character",
    "👩‍👩‍👧‍👦" * 100: "many characters for one picture",
    "Z\u0351\u036b" * 300: "marks that pile up over the line",
    "ﷺ" * 1000: "grows eighteenfold when it is normalised",
}

REFUSED: Final = {
    '"\\ud83d.mp3"': "half a character, as JSON can write it",
    '""': "no name at all",
    f'"{"a" * 1025}"': "longer than allowed",
    "7": "no text",
    "null": "no text",
    '["talk.mp3"]': "no text",
}
"""Names that no job gets, as they stand in the JSON body of a request."""
