"""Card numbers, which must not be kept, and numbers that only look like them, which must be. All are the test numbers of the issuers."""

from tests.channels.email.corpus.builder import Example, both, example, html, mail

VISA, MASTER, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
MASKED: list[tuple[str, str, str]] = [
    ("bare", f"My card {VISA} please", "My card ••••••••••••1111 please"),
    ("in groups", "My card 4111 1111 1111 1111 please", "My card •••• •••• •••• 1111 please"),
    ("with hyphens", "5555-5555-5555-4444", "••••-••••-••••-4444"),
    ("with dots", "5555.5555.5555.4444", "••••.••••.••••.4444"),
    ("with no-break blanks", "4111\u00a01111\u00a01111\u00a01111", "••••\u00a0••••\u00a0••••\u00a01111"),
    ("american express", "3782 822463 10005", "•••• •••••• •0005"),
    ("in full-width figures", "４１１１１１１１１１１１１１１１", "••••••••••••１１１１"),
    ("in Arabic figures", "٤١١١١١١١١١١١١١١١", "••••••••••••١١١١"),
    (
        "between letters of a sentence",
        f"card:{VISA}, valid 12/27, code 123",
        "card:••••••••••••1111, valid 12/27, code 123",
    ),
]
KEPT: list[tuple[str, str]] = [
    ("order number", "Order 4111111111111112"),
    ("number of no issuer", "Order 1234567812345670"),
    ("tracking number", "Parcel 00340434161094042557"),
    ("iban", "DE89370400440532013000"),
    ("iban in groups", "DE89 3704 0044 0532 0130 00"),
    ("telephone", "Call +49 4111 11111111111"),
    ("date and time", "2026-03-02 10:15:00 2026-03-02 11:15:00"),
    ("part of a longer number", "41111111111111111111111"),
    ("part of a name", f"A{VISA}"),
    ("ean codes one a line", "4006381333931\n4006381333931"),
    ("zeros", "0000000000000000"),
]

OTHERS = [
    example(
        "card in the subject",
        mail("Hi", subject=f"Pay with {VISA}"),
        subject="Pay with ••••••••••••1111",
        card_numbers_masked=1,
        problems=["card_numbers_masked"],
    ),
    example(
        "card in text and html counts once",
        mail(both(f"Card {VISA}", f"<p>Card {VISA}</p>")),
        text="Card ••••••••••••1111",
        html_has=["••••••••••••1111"],
        html_lacks=[VISA],
        card_numbers_masked=1,
        problems=["card_numbers_masked"],
    ),
    example(
        "card cut by tags",
        mail(html("<p>4111<b>1111</b>&nbsp;<span>1111</span>1111</p>")),
        html_lacks=["4111"],
        lacks=["4111"],
        card_numbers_masked=1,
        problems=["card_numbers_masked"],
    ),
    example(
        "cards in two cells are two numbers",
        mail(html("<table><tr><td>41111111</td><td>11111111</td></tr></table>")),
        html_has=["41111111", "11111111"],
    ),
    example(
        "two cards",
        mail(f"{VISA} or {MASTER}"),
        text="••••••••••••1111 or ••••••••••••4444",
        card_numbers_masked=2,
        problems=["card_numbers_masked"],
    ),
    example(
        "card in a link",
        mail(html(f'<a href="https://x.example/?c={VISA}">pay</a>')),
        html_lacks=[VISA],
        card_numbers_masked=1,
        problems=["card_numbers_masked"],
    ),
    example(
        "card in entities",
        mail(html("<p>" + "".join(f"&#{ord(one)};" for one in VISA) + "</p>")),
        html_lacks=[VISA],
        lacks=[VISA],
        card_numbers_masked=1,
        problems=["card_numbers_masked"],
    ),
]

EXAMPLES: list[Example] = [
    *(
        example(f"card {name}", mail(text), text=masked, card_numbers_masked=1, problems=["card_numbers_masked"])
        for name, text, masked in MASKED
    ),
    *(example(f"no card: {name}", mail(text), text=text) for name, text in KEPT),
    *OTHERS,
]
