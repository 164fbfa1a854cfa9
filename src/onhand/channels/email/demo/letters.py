"""What the demo's customers wrote lately: who, in which language, how long ago, about what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """
    A mail to the demo company. `minutes` is how long ago it came; `customer` says which of the customers of that language wrote it, or
    is None for somebody who is not known. With `html` it is also written as designed; `photo` adds a picture.
    """

    minutes: int
    language: str
    customer: int | None
    subject: str
    text: str
    html: str = ""
    photo: bool = False
    headers: tuple[str, ...] = ()


LETTERS = (
    Letter(
        6,
        "en",
        0,
        "Kettle arrived with a cracked lid",
        "Hello,\n\nthe kettle I ordered on Monday came today, and the lid has a crack from the hinge to the rim. The box had a dent in"
        " the same corner. A photo is attached.\n\nI would rather have a new lid than send the whole thing back, if that is possible."
        "\n\nKind regards",
        photo=True,
    ),
    Letter(
        14,
        "es",
        0,
        "Pedido sin entregar",
        "Buenos días:\n\nEn la página dice «entregado» desde el jueves, pero aquí no ha llegado nada y el portero tampoco sabe nada."
        "\n¿Pueden preguntar al transportista? Lo necesito antes del sábado.\n\nGracias",
    ),
    Letter(
        23,
        "en",
        1,
        "Complaint: charged twice, and nobody answers",
        "This is the third time I write. You took 129.00 twice from my account on the 3rd, and I was told it would be back “within five"
        " working days”. That was two weeks ago.\n\nI want the second amount back this week and somebody to tell me how this could"
        " happen. Otherwise I will go to the consumer office.",
    ),
    Letter(
        41,
        "de",
        0,
        "Ersatzteil für die Stehlampe",
        "Guten Tag,\n\nan meiner Stehlampe ist der Fußschalter ausgefallen. Die Lampe ist vier Jahre alt, sonst ist alles in Ordnung."
        "\nGibt es den Schalter einzeln, und kann ich ihn selbst einbauen?\n\nMit freundlichen Grüßen",
    ),
    Letter(
        58,
        "en",
        None,
        "Do you deliver to the islands?",
        "Hi there,\n\nwe are moving to Stornoway in January and would like to order the oak table. Do you deliver there, and what would"
        " it cost?\n\nMany thanks",
    ),
    Letter(
        75,
        "en",
        2,
        "Change of address for my order",
        "Please send order to my work instead, nobody is at home on weekdays:\n\nUnit 4, Canal Wharf\nWater Lane\nLeeds LS11 5PS\n\nIs"
        " that still possible?",
        html="<p>Please send the order to my <b>work</b> instead, nobody is at home on weekdays:</p><blockquote>Unit 4, Canal Wharf<br>"
        'Water Lane<br>Leeds LS11 5PS</blockquote><p>Is that still possible?</p><p style="color:#888">'
        '<img src="https://pictures.customer.example/logo.png" alt="Harbour Dental" width="120"><br>Harbour Dental, reception</p>',
    ),
    Letter(
        96,
        "es",
        1,
        "Factura con mi NIF",
        "Hola:\n\nNecesito la factura del mes pasado a nombre de mi empresa y con el NIF. La que me llegó está a mi nombre.\n\nUn saludo",
    ),
    Letter(
        130,
        "fr",
        0,
        "Retour d’une table",
        "Bonjour,\n\nLa table est très belle mais trop grande pour notre cuisine. Elle est encore dans son carton, jamais montée."
        "\nComment puis-je vous la renvoyer, et qui paie le transport ?\n\nCordialement",
    ),
    Letter(
        170,
        "en",
        3,
        "Out of office: Your order has been sent",
        "I am away until Monday and read my mail then.",
        headers=("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"),
    ),
    Letter(
        210,
        "en",
        4,
        "Gift card does not work",
        "Hello,\n\nI was given a gift card for my birthday. The code is refused with “already used”, and I have never used it. What can"
        " you do?\n\nThanks a lot",
    ),
    Letter(
        340,
        "de",
        1,
        "Rechnung stimmt nicht",
        "Guten Tag,\n\nauf der Rechnung stehen zwei Lampen, bestellt und bekommen habe ich eine. Bitte berichtigen Sie das.\n\nViele Grüße",
    ),
    Letter(
        520,
        "es",
        2,
        "¿Cuándo tendrán otra vez la silla verde?",
        "Buenas tardes:\n\nLa silla verde lleva un mes agotada. ¿Saben cuándo vuelve? Necesito cuatro iguales.\n\nGracias",
    ),
    Letter(
        900,
        "en",
        5,
        "Thank you!",
        "Just to say that the gentleman I spoke to on Tuesday was wonderful. The new lamp is here and it works.",
    ),
    Letter(
        1500,
        "en",
        6,
        "Complaint about the delivery",
        "Your driver left a 30 kg parcel in the rain in front of the house although somebody was in. The carton was soaked and the side"
        " of the cupboard has swollen. I expect a replacement, and not in three weeks.",
    ),
)
