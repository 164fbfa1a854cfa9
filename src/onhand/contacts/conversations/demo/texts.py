"""
What people write in the demo: by language, matters as (subject, first mail, answer, what the customer writes then, last answer). Line ends
stand as COPY reads them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter, as it is written about."""

    subject: str
    first: str
    answer: str
    then: str
    last: str


def _matter(subject: str, *texts: str) -> Matter:
    return Matter(subject, *(text.replace("\n", "\\n") for text in texts))


MATTERS: dict[str, tuple[Matter, ...]] = {
    "en": (
        _matter(
            "Lamp arrived broken",
            "Good morning,\n\nmy floor lamp came yesterday and the shade has a crack right across. The box looked fine."
            "\nI have attached nothing, my phone is at the menders. Can you send a new shade, or do you need the lamp back?",
            "Thank you for telling us, and sorry about the shade. A new one goes out today; please keep the lamp.\n\n"
            "It should be with you on Thursday.",
            "That is very kind. Thursday is fine, somebody is at home until two.",
            "Noted: the carrier will come before two. Enjoy the lamp!",
        ),
        _matter(
            "Where is my parcel?",
            "Hello,\n\nthe page has said “on its way” for six days now. It is a birthday present for Saturday.\n\nCould somebody look?",
            "The parcel was sorted into the wrong van on Monday. It is back on its way and should be with you on Friday.",
            "It is Friday evening and nothing came. What now?",
            "I have ordered a second one by express: it is there tomorrow before noon. If the first one turns up, keep it.",
        ),
        _matter(
            "Two charges for one order",
            "Hi,\n\nmy card statement shows 48.90 twice on the same day, for one kettle. Please put it right.",
            "One of the two is only a reservation: it disappears by itself within three working days. Nothing was taken twice.",
            "Thanks, it is gone now.",
            "Good to hear. All the best!",
        ),
    ),
    "es": (
        _matter(
            "La cafetera pierde agua",
            "Buenos días:\n\nLa cafetera que compré en septiembre gotea por debajo en cuanto la enciendo. La junta está bien puesta.\n"
            "¿Me pueden decir qué hago? La uso todos los días.",
            "Sentimos la molestia. Está en garantía: le enviamos una junta nueva hoy mismo y, si con eso no basta, cambiamos la cafetera.",
            "Ya llegó la junta y sigue igual, gotea incluso más que antes.",
            "Entonces la cambiamos. Mañana pasan a recogerla con la nueva; no hace falta embalarla.",
        ),
        _matter(
            "Cambio de dirección del pedido",
            "Hola, me mudo el viernes y el pedido sale esa misma semana. ¿Pueden mandarlo a la dirección nueva?"
            "\n\nCalle del Olmo 14, 3.º B",
            "Hecho: el pedido va a la calle del Olmo 14. Recibirá un aviso la víspera.",
            "Muchas gracias, qué rapidez.",
            "A usted. ¡Feliz mudanza!",
        ),
        _matter(
            "Factura con el NIF de la empresa",
            "Buenas tardes,\n\nnecesito la factura a nombre de la empresa y con su NIF para este trimestre. ¿Es posible cambiarla?",
            "Sí. Indíquenos la razón social y el domicilio fiscal, y le enviamos la factura corregida hoy.",
            "Talleres Ibarra, S. L., calle Mayor 8, Vitoria.",
            "Enviada. La anterior queda anulada con su abono.",
        ),
    ),
    "de": (
        _matter(
            "Wasserkocher heizt nicht mehr",
            "Guten Tag,\n\nseit gestern bleibt der Wasserkocher kalt, obwohl die Lampe leuchtet. Gekauft im Mai.\n\nWas kann ich tun?",
            "Das tut uns leid. Bitte drücken Sie einmal den kleinen Knopf am Boden: er schaltet den Überhitzungsschutz zurück.",
            "Hat leider nicht geholfen. Er bleibt kalt.",
            "Dann tauschen wir ihn. Der neue kommt am Mittwoch; den alten geben Sie dem Boten mit.",
        ),
        _matter(
            "Lieferung am Samstag möglich?",
            "Hallo,\n\nwir sind unter der Woche beide bei der Arbeit. Liefern Sie den Tisch auch samstags?",
            "Ja, samstags zwischen neun und dreizehn Uhr. Sollen wir den 28. eintragen?",
            "Der 28. passt gut, danke.",
            "Eingetragen. Der Fahrer ruft eine halbe Stunde vorher an.",
        ),
    ),
    "fr": (
        _matter(
            "Article manquant dans le colis",
            "Bonjour,\n\nle colis est bien arrivé, mais il manque les quatre verres de la commande. Le bon de livraison les mentionne.",
            "Veuillez nous excuser. Les verres partent aujourd'hui, sans frais, et arrivent jeudi.",
            "Bien reçus, merci beaucoup.",
            "Merci à vous, et bonne journée.",
        ),
        _matter(
            "Résiliation de mon abonnement",
            "Madame, Monsieur,\n\nje souhaite résilier mon abonnement à la fin du mois. Merci de me confirmer la date.",
            "C'est noté : votre abonnement prend fin le 30. Rien ne sera prélevé après cette date.",
            "Parfait, merci.",
            "Avec plaisir.",
        ),
    ),
    "pt": (
        _matter(
            "Devolução de um candeeiro",
            "Boa tarde,\n\no candeeiro é bonito, mas grande de mais para a sala. Posso devolvê-lo?",
            "Claro que sim, até 30 dias. Enviamos-lhe a etiqueta; basta deixá-lo na loja mais próxima.",
            "Deixei-o hoje de manhã.",
            "Recebido. O valor volta ao seu cartão em três dias úteis.",
        ),
    ),
    "it": (
        _matter(
            "Ordine fermo da una settimana",
            "Buongiorno,\n\nil mio ordine risulta “in preparazione” da una settimana. Quando parte?",
            "Ci scusiamo: il tavolino era esaurito. Parte domani e arriva entro lunedì.",
            "Va bene lunedì, grazie.",
            "Grazie a lei della pazienza.",
        ),
    ),
}
LIKE = {"ca": "es", "gl": "es", "eu": "es"}  # served in the language most of them write in


def matters_in(language: str) -> tuple[str, tuple[Matter, ...]]:
    """The language the demo has of those a customer may write in, and the matters in it."""
    known = language if language in MATTERS else LIKE.get(language, "en")
    return known, MATTERS[known]
