"""What was written down about the demo's customers, in the languages its staff write."""

NOTES = {
    "es": (
        "Prefiere que la llamen por la tarde, después de las 17:00.",
        "Preguntó por la garantía del hervidor; se le envió por correo la hoja de condiciones.",
        "La lámpara llegó con la pantalla rota. Mandará fotos antes del viernes.",
        "Se muda a final de mes; pide que no se envíe nada a la dirección antigua.",
        "Factura reenviada. Confirma que ahora sí le llegó.",
        "Pide hablar siempre con la misma persona, si es posible.",
        "Paga por transferencia; no quiere domiciliar.",
        "Le llamó el repartidor y no estaba. Dejar en la portería.",
    ),
    "en": (
        "Prefers to be called after five. Works nights on Tuesdays.",
        "Asked about the warranty of the kettle; sent the terms by e-mail.",
        "The lamp came with a broken shade. Will send photos before Friday.",
        "Moving at the end of the month; nothing should go to the old address any more.",
        "Invoice sent again. Says it has arrived now.",
        "Hard of hearing: speak slowly, or write.",
        "Parcels may be left with the neighbour at number 7.",
        "Would rather have one long call than three short ones.",
    ),
}
FLAG_REASONS = {
    "vulnerable": ("Recently bereaved; be patient.", "Lives alone and confuses bills easily."),
    "abusive": ("Shouted at two colleagues last month.",),
    "deceased": ("Told by the family; papers are on their way.",),
    "fraud_alert": ("Somebody else ordered in this name.", "Card reported stolen."),
}
PROOFS = (
    "Said so on the telephone",
    "Ticked on the web form",
    "Signed at the counter",
    "Answered the letter of spring",
)


def notes_in(language: str) -> tuple[str, ...]:
    """Notes in the language staff write about customers of this one."""
    return NOTES["es" if language in ("es", "ca", "pt", "it") else "en"]
