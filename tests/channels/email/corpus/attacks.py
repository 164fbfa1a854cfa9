"""HTML that wants to run, to load, to hide, to look like ours, or to make the reader work."""

from tests.channels.email.corpus.builder import Example, attached, body, example, html, mail, multipart

# name, what the mail holds, what must still be there
HOSTILE: list[tuple[str, str, list[str]]] = [
    ("script", "<p>Hi</p><script>alert(1)</script>", ["Hi"]),
    ("script in svg", "<p>Hi</p><svg><script>alert(1)</script></svg>", ["Hi"]),
    ("script cut in two", "<p>Hi</p><scr<script>ipt>alert(1)</scr</script>ipt>", ["Hi"]),
    ("handlers", '<p onclick="alert(1)" onmouseover=alert(2)>Hi</p><img src=x onerror=alert(3)>', ["Hi"]),
    ("handler after a slash", "<p>Hi</p><img/src=x/onerror=alert(1)>", ["Hi"]),
    ("javascript link", '<a href="javascript:alert(1)">Hi</a>', ["Hi"]),
    ("javascript link in entities", '<a href="jav&#x09;ascript:alert(1)">Hi</a>', ["Hi"]),
    ("javascript link with letters of control", '<a href=" \x01javascript:alert(1)">Hi</a>', ["Hi"]),
    (
        "vbscript and data links",
        '<a href="vbscript:x">Hi</a><a href="data:text/html,<script>alert(1)</script>">x</a>',
        ["Hi"],
    ),
    (
        "style element",
        "<style>@import url(http://evil.example/x.css);p{background:url(http://evil.example/p)}</style><p>Hi</p>",
        ["Hi"],
    ),
    ("style with url", '<p style="background:url(http://evil.example/p);color:red">Hi</p>', ["color:red", "Hi"]),
    ("style with escaped url", '<p style="background:\\75\\72\\6c(http://evil.example/p)">Hi</p>', ["Hi"]),
    ("style with expression", '<p style="width:expression(alert(1));behavior:url(x)">Hi</p>', ["Hi"]),
    ("overlay", '<div style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999">Hi</div>', ["Hi"]),
    ("hidden text", '<p>Hi</p><div style="display:none;font-size:0">secret</div>', ["Hi", "secret"]),
    ("svg image", "<p>Hi</p><svg onload=alert(1)><image href='http://evil.example/i'/></svg>", ["Hi"]),
    (
        "mathml",
        "<p>Hi</p><math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        ["Hi"],
    ),
    (
        "mutation through noscript",
        '<p>Hi</p><noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
        ["Hi"],
    ),
    (
        "mutation through a textarea",
        '<p>Hi</p><textarea><a title="</textarea><img src=x onerror=alert(1)>"></textarea>',
        ["Hi"],
    ),
    (
        "mutation through a comment",
        "<p>Hi</p><!--><img src=x onerror=alert(1)>--><!-- --!><img src=x onerror=alert(2)>",
        ["Hi"],
    ),
    ("conditional comment", "<p>Hi</p><!--[if gte mso 9]><script>alert(1)</script><![endif]-->", ["Hi"]),
    (
        "form",
        '<form action="http://evil.example"><p>Hi</p><input name=password><button formaction="javascript:alert(1)">Go</button></form>',
        ["Hi"],
    ),
    ("base", '<base href="http://evil.example/"><a href="x">Hi</a>', ["Hi"]),
    ("relative addresses", '<a href="/acts/customers.erase">Hi</a><img src="/static/x.png">', ["Hi"]),
    ("protocol relative", '<a href="//evil.example">Hi</a><img src="//evil.example/p.gif">', ["Hi"]),
    ("refresh", '<meta http-equiv="refresh" content="0;url=http://evil.example"><p>Hi</p>', ["Hi"]),
    (
        "link element",
        '<link rel="stylesheet" href="http://evil.example/x.css"><link rel=prefetch href="http://evil.example"><p>Hi</p>',
        ["Hi"],
    ),
    (
        "frames",
        '<iframe src="http://evil.example" srcdoc="<script>alert(1)</script>"></iframe><object data="x"></object><embed src=x><p>Hi</p>',
        ["Hi"],
    ),
    (
        "media",
        "<p>Hi</p><video src=x onerror=alert(1)><source src=http://evil.example></video><audio src=http://evil.example autoplay></audio>",
        ["Hi"],
    ),
    (
        "sources of images",
        '<p>Hi</p><img srcset="http://evil.example/a 1x"><picture><source srcset="http://evil.example/b"></picture>',
        ["Hi"],
    ),
    (
        "background attribute",
        '<table background="http://evil.example/b"><tr><td background="http://evil.example/c">Hi</td></tr></table>',
        ["Hi"],
    ),
    (
        "ids and classes of ours",
        '<div id="desk" class="act-form" hx-get="/acts" data-star="x" name="csrf">Hi</div>',
        ["Hi"],
    ),
    ("data image that is svg", '<p>Hi</p><img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">', ["Hi"]),
    (
        "target of a link",
        '<a href="https://kunde.example" target="_top" rel="opener">Hi</a>',
        ['target="_blank"', "noopener", "Hi"],
    ),
    ("template", "<template><img src=x onerror=alert(1)></template><p>Hi</p>", ["Hi"]),
    ("dialog and popover", "<dialog open><p>Hi</p></dialog><div popover id=p onbeforetoggle=alert(1)>x</div>", ["Hi"]),
    (
        "xml and vml",
        "<xml><o:OfficeDocumentSettings/></xml><v:shape onload=alert(1)></v:shape><?xml:namespace prefix=o ?><p>Hi</p>",
        ["Hi"],
    ),
    ("plaintext that swallows", "<p>Hi</p><plaintext><script>alert(1)</script>", ["Hi"]),
    ("unclosed attribute", '<p>Hi</p><img src="x onerror=alert(1) <p title=">', ["Hi"]),
]
NEVER = [
    "<script",
    "javascript:",
    "vbscript:",
    "<style",
    "@import",
    "url(",
    "expression(",
    "position:",
    "<form",
    "<input",
    "<button",
    "<base",
    "<meta",
    "<link",
    "<iframe",
    "<object",
    "<embed",
    "<svg",
    "<math",
    "<video",
    "<audio",
    "<textarea",
    "<template",
    "srcset",
    " background=",
    " id=",
    "hx-",
    'src="http',
    'src="/',
    'href="/',
    "data:text",
    "image/svg",
    "<xml",
    "<dialog",
    " onerror=a",
    " onclick=",
    " onload=",
]


def _hostile(name: str, source: str, still: list[str]) -> Example:
    raw = mail(html(f"<html><body>{source}</body></html>", encoding="quoted-printable"))
    return example(f"html: {name}", raw, html_has=still, html_lacks=NEVER)


PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
OTHERS = [
    example(
        "remote images wait to be asked for",
        mail(html('<p>Hi</p><img src="https://track.example/open.gif?x=1&amp;y=2" width="1" height="1" alt="logo">')),
        html_has=['data-src="https://track.example/open.gif?x=1&amp;y=2"', 'alt="logo"'],
        html_lacks=[' src="'],
    ),
    example(
        "images of the mail are shown by their id",
        mail(
            multipart(
                "related",
                html('<p>Hi</p><img src="cid:a%40b">'),
                attached("a.png", PIXEL, "image/png", inline=True, cid="a@b"),
            )
        ),
        html_has=['src="cid:a%40b"'],
        files=[["a.png", "image/png", True]],
    ),
    example(
        "data images that are images",
        mail(html('<p>Hi</p><img src="data:image/png;base64,iVBORw0KGgo=">')),
        html_has=["data:image/png"],
    ),
    example(
        "a link whose text is another address",
        mail(html('<a href="https://evil.example/login">https://bank.example</a>')),
        html_has=["https://evil.example/login"],
    ),
    example("ten thousand open tags", mail(html("<div>" * 10_000 + "Hi")), has=["Hi"]),
    example("deep tables", mail(html("<table><tr><td>" * 300 + "Hi")), has=["Hi"]),
    example(
        "a hundred thousand attributes",
        mail(html("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">Hi</p>")),
        has=["Hi"],
    ),
    example(
        "html of only a comment",
        mail(html("<!-- nothing -->")),
        problems=["html_unreadable", "empty"],
        text="",
        html="",
    ),
    example(
        "text with tags is text",
        mail("<script>alert(1)</script> & <b>bold</b>"),
        text="<script>alert(1)</script> & <b>bold</b>",
        html="",
    ),
    example(
        "html called text",
        mail(body("<html><body><p>Hi</p></body></html>")),
        has=["Hi"],
        html="",
    ),
    example(
        "two megabytes of html",
        mail(html("<p>Hi there, this is a line.</p>\n" * 60_000)),
        problems=["html_cut", "text_cut"],
        has=["Hi there"],
    ),
]

EXAMPLES: list[Example] = [*(_hostile(*one) for one in HOSTILE), *OTHERS]
