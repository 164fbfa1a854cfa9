"""Files, named and typed rightly and wrongly; what Outlook packs; archives that must not be opened."""

import io
import struct
import zipfile

from tests.channels.email.corpus.builder import Body, Example, attached, body, example, html, mail, multipart

PDF, PNG, JPEG = b"%PDF-1.7\n%\xe2\xe3\n", b"\x89PNG\r\n\x1a\n0000", b"\xff\xd8\xff\xe0\x00\x10JFIF"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00"


def zipped(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 10, 15, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def bomb() -> bytes:
    """Ten archives of ten megabytes of zeros each, in one of a few kilobytes."""
    inner = zipped({"zeros": bytes(10_000_000)})
    return zipped({f"{number}.zip": inner for number in range(10)})


def winmail(files: dict[str, bytes]) -> bytes:
    """What Outlook packs: a signature, a key, then attributes with a length and a sum each."""
    out = [struct.pack("<IH", 0x223E9F78, 1)]
    for name, content in files.items():
        for identity, value in (
            (0x00069002, b"\x01\x00" + bytes(12)),
            (0x00018010, name.encode() + b"\x00"),
            (0x0006800F, content),
        ):
            out.append(struct.pack("<BII", 2, identity, len(value)) + value + struct.pack("<H", sum(value) % 65536))
    return b"".join(out)


def _with(*files: Body) -> bytes:
    return mail(multipart("mixed", body("See the file."), *files))


# name, the lines that name the file, the name kept
NAMES: list[tuple[str, str, str]] = [
    ("plain", 'attachment; filename="Rechnung.pdf"', "Rechnung.pdf"),
    ("without quotes", "attachment; filename=Rechnung 12.pdf", "Rechnung 12.pdf"),
    ("by RFC 2231", "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf", "Rechnung März.pdf"),
    (
        "by RFC 2231 in pieces",
        "attachment; filename*0*=utf-8''Rechnung%20;\r\n filename*1*=M%C3%A4rz;\r\n filename*2=.pdf",
        "Rechnung März.pdf",
    ),
    ("as an encoded word", 'attachment; filename="=?utf-8?Q?Rechnung_M=C3=A4rz.pdf?="', "Rechnung März.pdf"),
    (
        "as an encoded word without quotes",
        "attachment; filename==?utf-8?B?UmVjaG51bmcgTcOkcnoucGRm?=",
        "Rechnung März.pdf",
    ),
    ("with folders", 'attachment; filename="../../etc/passwd.pdf"', "passwd.pdf"),
    ("with folders of Windows", 'attachment; filename="C:\\\\Users\\\\anna\\\\Rechnung.pdf"', "Rechnung.pdf"),
    ("with a turned direction", "attachment; filename*=utf-8''Rechnung%E2%80%AEfdp.exe", "Rechnungfdp.exe"),
    ("with a NUL", "attachment; filename*=utf-8''a.pdf%00.exe", "a.pdf.exe"),
    ("reserved by Windows", 'attachment; filename="con.pdf"', "_con.pdf"),
    ("only dots", 'attachment; filename=".."', "file-1.pdf"),
    ("missing", "attachment", "file-1.pdf"),
    ("very long", 'attachment; filename="' + "a" * 400 + '.pdf"', "a" * 251 + ".pdf"),
    ("with quotes in it", 'attachment; filename="say \\"hi\\".pdf"', "say _hi_.pdf"),
]


def _named(name: str, disposition: str, kept: str) -> Example:
    return example(
        f"file name {name}",
        _with(body(PDF, "application/pdf", encoding="base64", disposition=disposition)),
        files=[[kept, "application/pdf", False]],
    )


OTHERS = [
    example(
        "name only in the type",
        _with(body(PDF, 'application/pdf; name="a.pdf"', encoding="base64")),
        files=[["a.pdf", "application/pdf", False]],
    ),
    example(
        "octet-stream that is a picture",
        _with(attached("a.jpg", JPEG, "application/octet-stream")),
        files=[["a.jpg", "image/jpeg", False]],
    ),
    example(
        "program called a pdf",
        _with(attached("Rechnung.pdf", PROGRAM, "application/pdf")),
        files=[["Rechnung.pdf", "application/x-msdownload", False]],
        problems=["type_disguised"],
    ),
    example(
        "page called a picture",
        _with(attached("a.png", b"<html><script>alert(1)</script>", "image/png")),
        files=[["a.png", "text/html", False]],
        problems=["type_disguised"],
    ),
    example(
        "svg",
        _with(attached("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")),
        files=[["a.svg", "image/svg+xml", False]],
    ),
    example(
        "shortcut",
        _with(attached("a.txt", b"L\x00\x00\x00\x01\x14\x02\x00\x00\x00", "text/plain")),
        files=[["a.txt", "application/x-ms-shortcut", False]],
    ),
    example(
        "zip",
        _with(attached("a.zip", zipped({"a.txt": b"hello"}), "application/zip")),
        files=[["a.zip", "application/zip", False]],
    ),
    example(
        "zip bomb",
        _with(attached("bomb.zip", bomb(), "application/zip")),
        files=[["bomb.zip", "application/zip", False]],
    ),
    example(
        "word document",
        _with(
            attached(
                "a.docx", zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x"}), "application/octet-stream"
            )
        ),
        files=[["a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False]],
    ),
    example(
        "winmail.dat",
        _with(attached("winmail.dat", winmail({"Rechnung.pdf": PDF}), "application/ms-tnef")),
        files=[["winmail.dat", "application/ms-tnef", False]],
        problems=["winmail"],
    ),
    example(
        "winmail.dat called otherwise",
        _with(attached("ATT0001", winmail({}), "application/octet-stream")),
        files=[["ATT0001", "application/ms-tnef", False]],
        problems=["winmail"],
    ),
    example(
        "winmail.dat cut off",
        _with(attached("winmail.dat", winmail({"a.pdf": PDF})[:40], "application/ms-tnef")),
        files=[["winmail.dat", "application/ms-tnef", False]],
        problems=["winmail"],
    ),
    example(
        "text file",
        _with(body("a;b\n1;2\n", 'text/csv; name="a.csv"', disposition='attachment; filename="a.csv"')),
        files=[["a.csv", "text/csv", False]],
        text="See the file.",
    ),
    example(
        "text named though it is the text",
        mail(multipart("mixed", body("Hello", 'text/plain; name="body.txt"', disposition="inline"))),
        text="Hello",
    ),
    example(
        "empty file",
        _with(attached("empty.pdf", b"", "application/pdf")),
        files=[["empty.pdf", "application/pdf", False]],
    ),
    example(
        "inline picture not shown",
        mail(multipart("related", html("<p>Hi</p>"), attached("a.png", PNG, "image/png", inline=True, cid="a@b"))),
        files=[["a.png", "image/png", False]],
    ),
    example(
        "same name twice",
        _with(attached("a.pdf", PDF, "application/pdf"), attached("a.pdf", PDF + b"2", "application/pdf")),
        files=[["a.pdf", "application/pdf", False]] * 2,
    ),
    example(
        "vcard",
        _with(body("BEGIN:VCARD\nEND:VCARD\n", "text/vcard", disposition='attachment; filename="anna.vcf"')),
        files=[["anna.vcf", "text/vcard", False]],
    ),
    example(
        "reference to somewhere else",
        _with(
            Body(
                ('Content-Type: message/external-body; access-type=URL; URL="http://evil.example/x"',),
                b"Content-Type: image/gif\r\n\r\n",
            )
        ),
        files=[["file-1.bin", "message/external-body", False]],
        problems=["external_body"],
    ),
    example(
        "piece of a longer mail",
        mail(body("half", "message/partial; id=1; number=1; total=2", charset="")),
        files=[["file-1.bin", "message/partial", False]],
        problems=["partial"],
        text="",
    ),
    example(
        "uuencoded part",
        _with(
            Body(
                (
                    'Content-Type: text/plain; name="a.txt"',
                    "Content-Transfer-Encoding: x-uuencode",
                    'Content-Disposition: attachment; filename="a.txt"',
                ),
                b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n",
            )
        ),
        files=[["a.txt", "text/plain", False]],
        file_content="Cat",
    ),
    example(
        "five megabytes",
        _with(attached("big.pdf", PDF + bytes(5_000_000), "application/pdf")),
        files=[["big.pdf", "application/pdf", False]],
    ),
]

EXAMPLES: list[Example] = [*(_named(*one) for one in NAMES), *OTHERS]
