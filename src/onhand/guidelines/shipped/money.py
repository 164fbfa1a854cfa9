"""What is given: the shipped guidelines about refunds, goodwill, prices, parcels that are late or lost, and bills."""

from onhand.guidelines.shipped.building import LEADERS, SENIORS, Shipped, case, guideline, table, words
from onhand.guidelines.tables import Table

BEGINNERS, SERVING = '"beginner","ai"', '"representative","service"'
BEGINNERS_AND_SERVING = f"{BEGINNERS},{SERVING}"
GIVEN = words("Within what your role gives.", "Dentro de lo que da su rol.")


def refunds() -> Shipped:
    """Who gives payments back."""
    rows = [
        ("> 365", "-", '"ask"', LEADERS, "", '"old"'),
        ("-", BEGINNERS, '"allow"', SENIORS, "25", '"given"'),
        ("-", SERVING, '"allow"', SENIORS, "100", '"given"'),
        ("-", '"senior"', '"allow"', LEADERS, "300", '"given"'),
        ("-", '"supervisor"', '"allow"', '"administrator"', "2000", '"given"'),
        ("-", '"administrator","system"', '"allow"', "", "", '"given"'),
        ("-", "-", '"ask"', LEADERS, "", '"given"'),
    ]
    return guideline(
        "Refunds",
        "Who gives payments back, and how much.",
        "Terms of payment, 4",
        acts=["payments.refund_payment", "connectors.refund_at_shop", "connectors.cancel_at_shop"],
        answer=table("Answer", ("days since paid", "role"), ("answer", "approver", "most", "words"), rows),
        words={
            "old": words(
                "This was paid {days since paid} days ago: the card may be another by now.",
                "Se pagó hace {days since paid} días: la tarjeta puede ser otra.",
            ),
            "given": GIVEN,
        },
        cases=[
            case("By a beginner", "allow, 25", days_since_paid="3", role="beginner"),
            case("By a representative", "allow, 100", days_since_paid="365", role="representative"),
            case("By a senior", "allow, 300", days_since_paid="null", role="senior"),
            case("By an administrator", "allow, null", days_since_paid="3", role="administrator"),
            case("A year later", "ask", days_since_paid="366", role="senior"),
            case("By a role of the company's own", "ask", days_since_paid="3", role="florist"),
        ],
    )


def _where_it_is() -> Table:
    """Whether the parcel is lost: on its way for more than 14 days."""
    rows = [('"shipped"', "> 14", '"lost"'), ("-", "-", '"not lost"')]
    return table("Parcel", ("order state", "days since shipped"), ("parcel",), rows)


_LATE_WORDS = {
    "cancelled": words("This order was cancelled.", "Este pedido se canceló."),
    "again": words(
        "Something was given on this order {remedies on the order} times already.",
        "En este pedido ya se ha dado algo {remedies on the order} veces.",
    ),
    "very late": words(
        "{days late} days late: up to a fifth of the order.",
        "{days late} días de retraso: hasta un quinto del pedido.",
        "I am sorry that it took so long. Please accept this amount.",
        "Siento que haya tardado tanto. Acepte este importe, por favor.",
    ),
    "late": words(
        "{days late} days late: up to a tenth of the order.",
        "{days late} días de retraso: hasta un décimo del pedido.",
        "I am sorry for the delay. Please accept this amount.",
        "Siento el retraso. Acepte este importe, por favor.",
    ),
    "not late": words(
        "In time by what was promised: up to a twentieth of the order.",
        "A tiempo según lo prometido: hasta la vigésima parte del pedido.",
    ),
}


_LATE_CASES = [
    case(
        "A week late",
        "allow, 10",
        order_state="delivered",
        remedies_on_the_order="0",
        days_late="7",
        order_total="100",
    ),
    case(
        "Eight days late",
        "allow, 20",
        order_state="delivered",
        remedies_on_the_order="1",
        days_late="8",
        order_total="100",
    ),
    case(
        "In time",
        "allow, 5",
        order_state="delivered",
        remedies_on_the_order="0",
        days_late="0",
        order_total="100",
    ),
    case(
        "The third time",
        "ask",
        order_state="delivered",
        remedies_on_the_order="2",
        days_late="9",
        order_total="100",
    ),
    case(
        "Cancelled",
        "refuse",
        order_state="cancelled",
        remedies_on_the_order="0",
        days_late="9",
        order_total="100",
    ),
]


_LATE_REMEDIES = [
    ('"not lost"', 'not("cancelled")', ">= 8", "< 2", '"goodwill"', "order total * 0.2"),
    ('"not lost"', 'not("cancelled")', "[1..7]", "< 2", '"goodwill"', "order total * 0.1"),
    ('"not lost"', 'not("cancelled")', ">= 1", "-", '"coupon"', "20"),
    ('"not lost"', '"pending","in_process"', ">= 1", "-", '"cancel"', "order total"),
]


def late_delivery() -> Shipped:
    """What is given for an order that came late, or went wrong otherwise."""
    rows = [
        ('"not lost"', '"cancelled"', "-", "-", '"refuse"', "", "", '"cancelled"'),
        ('"not lost"', "-", ">= 2", "-", '"ask"', LEADERS, "", '"again"'),
        ('"not lost"', "-", "-", ">= 8", '"allow"', LEADERS, "order total * 0.2", '"very late"'),
        ('"not lost"', "-", "-", ">= 1", '"allow"', LEADERS, "order total * 0.1", '"late"'),
        ('"not lost"', "-", "-", "-", '"allow"', LEADERS, "order total * 0.05", '"not late"'),
    ]
    inputs = ("Parcel", "order state", "remedies on the order", "days late")
    return guideline(
        "Late delivery",
        "What is given for an order that came late or went wrong.",
        "Terms of delivery, 3",
        acts=["orders.add_goodwill"],
        before=[_where_it_is()],
        answer=table("Answer", inputs, ("answer", "approver", "most", "words"), rows),
        also=["order total"],
        gaps="Parcels that are lost: the guideline on those says it.",
        words=_LATE_WORDS,
        offered_by=["Parcel", "order state", "days late", "remedies on the order"],
        remedies=_LATE_REMEDIES,
        cases=_LATE_CASES,
    )


def lost_parcels() -> Shipped:
    """What is given for a parcel that is lost."""
    rows = [
        ('"lost"', "<= 100", '"allow"', LEADERS, "order total", '"lost"'),
        ('"lost"', "-", '"ask"', SENIORS, "", '"dear"'),
    ]
    return guideline(
        "Lost parcels",
        "What is given for a parcel on its way for more than 14 days.",
        "Terms of delivery, 5",
        acts=["orders.add_goodwill"],
        before=[_where_it_is()],
        answer=table("Answer", ("Parcel", "order total"), ("answer", "approver", "most", "words"), rows),
        also=["days since shipped"],
        gaps="Parcels that are not lost: the guideline on late delivery says it.",
        words={
            "lost": words(
                "It left {days since shipped} days ago: all of it may be given back, and the carrier is asked.",
                "Salió hace {days since shipped} días: se puede devolver todo, y se reclama al transportista.",
                "I am sorry: your parcel seems to be lost. You get all of it back.",
                "Lo siento: su paquete parece perdido. Le devolvemos todo.",
            ),
            "dear": words(
                "It left {days since shipped} days ago and is worth {order total}: a colleague asks the carrier first.",
                "Salió hace {days since shipped} días y vale {order total}: antes un compañero pregunta al transportista.",
                "I ask the carrier today and write to you.",
                "Hoy pregunto al transportista y le escribo.",
            ),
        },
        offered_by=["Parcel", "order total"],
        remedies=[('"lost"', "-", '"refund"', "order total"), ('"lost"', "<= 500", '"replacement"', "order total")],
        follow_ups=[
            ('"The carrier is asked where the parcel is"', "1"),
            ('"The customer hears what the carrier says"', "5"),
        ],
        cases=[
            case("Lost", "allow, 80", order_state="shipped", days_since_shipped="15", order_total="80"),
            case("Lost and dear", "ask", order_state="shipped", days_since_shipped="15", order_total="100.01"),
        ],
    )


_PRICE_WORDS = {
    "given": words("Up to 25 off a new order.", "Hasta 25 menos en un pedido nuevo."),
    "share": words(
        "Up to a tenth of the order, where the price is shown to be lower elsewhere.",
        "Hasta un décimo del pedido, si se ve que en otro sitio es más barato.",
        "We match that price for you.",
        "Le igualamos ese precio.",
    ),
    "again": words(
        "Something was given on this order already.",
        "En este pedido ya se ha dado algo.",
    ),
}


_PRICE_CASES = [
    case(
        "No discount",
        "allow",
        amount_given="null",
        act="orders.place_order",
        remedies_on_the_order="null",
        order_total="null",
    ),
    case(
        "A new order",
        "allow, 25",
        amount_given="5",
        act="orders.place_order",
        remedies_on_the_order="null",
        order_total="null",
    ),
    case(
        "A line",
        "allow, 8",
        amount_given="5",
        act="orders.discount_line",
        remedies_on_the_order="0",
        order_total="80",
    ),
    case(
        "Again",
        "ask",
        amount_given="5",
        act="orders.discount_line",
        remedies_on_the_order="1",
        order_total="80",
    ),
]


def price_complaints() -> Shipped:
    """Who takes something off a price."""
    rows = [
        ("null", "-", "-", '"allow"', "", "", '"given"'),
        ("-", '"orders.discount_line"', "> 0", '"ask"', LEADERS, "", '"again"'),
        ("-", '"orders.discount_line"', "-", '"allow"', LEADERS, "order total * 0.1", '"share"'),
        ("-", "-", "-", '"allow"', LEADERS, "25", '"given"'),
    ]
    return guideline(
        "Price complaints",
        "What is taken off a price somebody found lower elsewhere, or complains about.",
        "Terms of sale, 4",
        acts=["orders.discount_line", "orders.place_order"],
        answer=table(
            "Answer",
            ("amount given", "act", "remedies on the order"),
            ("answer", "approver", "most", "words"),
            rows,
        ),
        also=["order total"],
        words=_PRICE_WORDS,
        offered_by=["remedies on the order"],
        remedies=[("0", '"discount"', "order total * 0.1"), ("< 2", '"coupon"', "10")],
        cases=_PRICE_CASES,
    )


def goodwill() -> Shipped:
    """What is given beside any order."""
    rows = [
        ("> 5", "-", '"ask"', LEADERS, "", '"often"'),
        ("-", BEGINNERS, '"allow"', SENIORS, "10", '"given"'),
        ("-", SERVING, '"allow"', SENIORS, "25", '"given"'),
        ("-", '"senior"', '"allow"', LEADERS, "75", '"given"'),
        ("-", '"supervisor"', '"allow"', '"administrator"', "250", '"given"'),
        ("-", '"administrator","system"', '"allow"', "", "", '"given"'),
        ("-", "-", '"ask"', LEADERS, "", '"given"'),
    ]
    return guideline(
        "Goodwill",
        "What is given out of goodwill beside an order, as credit or coupon.",
        "",
        acts=["invoicing.give_goodwill", "coupons.give_coupon"],
        answer=table("Answer", ("remedies in 365 days", "role"), ("answer", "approver", "most", "words"), rows),
        words={
            "often": words(
                "This customer was given something {remedies in 365 days} times in a year.",
                "A este cliente se le ha dado algo {remedies in 365 days} veces en un año.",
            ),
            "given": GIVEN,
        },
        offered_by=["remedies in 365 days"],
        remedies=[("<= 5", '"coupon"', "20"), ("<= 2", '"credit"', "25")],
        cases=[
            case("By a beginner", "allow, 10", remedies_in_365_days="0", role="beginner"),
            case("By a representative", "allow, 25", remedies_in_365_days="5", role="representative"),
            case("By a senior", "allow, 75", remedies_in_365_days="5", role="senior"),
            case("The seventh time", "ask", remedies_in_365_days="6", role="senior"),
        ],
    )


_BILLING_WORDS = {
    "lost": words(
        "What is owed is given up only after dunning.", "Lo que se debe solo se da por perdido tras reclamarlo."
    ),
    "much": words(
        "{amount back} {currency} would be given back: a colleague reckons it again.",
        "Se devolverían {amount back} {currency}: un compañero vuelve a calcularlo.",
        "You may be right. A colleague reckons it again today.",
        "Puede que tenga razón. Hoy lo vuelve a calcular un compañero.",
    ),
    "overdue": words(
        "This account is overdue by {days overdue} days: what is open is talked about first.",
        "Esta cuenta tiene un retraso de {days overdue} días: antes se habla de lo pendiente.",
    ),
    "right": words(
        "What was wrong is put right.",
        "Lo que estaba mal se corrige.",
        "You are right, and I am sorry. It is on your next bill, or you get it back.",
        "Tiene razón, y lo siento. Va en su próxima factura, o se lo devolvemos.",
    ),
}


_BILLING_CASES = [
    case(
        "Put right",
        "allow",
        act="billing.put_right",
        amount_back="100",
        days_overdue="0",
        role="representative",
    ),
    case(
        "Put right, much",
        "ask",
        act="billing.put_right",
        amount_back="100.01",
        days_overdue="0",
        role="representative",
    ),
    case(
        "By a supervisor",
        "allow",
        act="billing.put_right",
        amount_back="500",
        days_overdue="60",
        role="supervisor",
    ),
    case("Overdue", "ask", act="billing.put_right", amount_back="1", days_overdue="61", role="supervisor"),
    case(
        "A credit note",
        "allow, 100",
        act="invoicing.credit_lines",
        amount_back="null",
        days_overdue="null",
        role="representative",
    ),
    case(
        "Written off",
        "allow, 100",
        act="billing.write_off",
        amount_back="null",
        days_overdue="200",
        role="supervisor",
    ),
]


def billing_complaints() -> Shipped:
    """Who puts bills right, credits them and writes off."""
    rows = [
        ('"billing.write_off"', "-", "-", "-", '"allow"', '"administrator"', "100", '"lost"'),
        ("-", "> 500", "-", "-", '"ask"', LEADERS, "", '"much"'),
        ("-", "> 100", "-", BEGINNERS_AND_SERVING, '"ask"', SENIORS, "", '"much"'),
        ("-", "-", "> 60", "-", '"ask"', LEADERS, "", '"overdue"'),
        ("-", "-", "-", BEGINNERS_AND_SERVING, '"allow"', SENIORS, "100", '"right"'),
        ("-", "-", "-", "-", '"allow"', '"administrator"', "500", '"right"'),
    ]
    return guideline(
        "Billing complaints",
        "Who puts right what was billed wrongly, credits it, and gives up what is owed.",
        "Terms of payment, 9",
        acts=["billing.put_right", "invoicing.credit_lines", "invoicing.correct_invoice", "billing.write_off"],
        answer=table(
            "Answer",
            ("act", "amount back", "days overdue", "role"),
            ("answer", "approver", "most", "words"),
            rows,
        ),
        also=["currency"],
        words=_BILLING_WORDS,
        offered_by=["amount open", "days overdue", "dunning held", "payment plan running"],
        remedies=[
            ("> 0", "-", "false", "-", '"hold"', "null"),
            ("> 20", "<= 90", "-", "false", '"payment plan"', "amount open"),
            ("-", "<= 60", "-", "-", '"credit"', "25"),
        ],
        follow_ups=[('"The next bill is looked at before it goes out"', "30")],
        cases=_BILLING_CASES,
    )


def abusive_conduct() -> Shipped:
    """What is looked at by somebody else because of whose file it is."""
    rows = [
        ("true", "-", '"ask"', LEADERS, "true", '"fraud"'),
        ("-", "true", '"ask"', SENIORS, "", '"abusive"'),
    ]
    return guideline(
        "Abusive conduct and fraud",
        "What is given to customers whose file bears a warning is looked at by somebody else.",
        "",
        acts=[
            "orders.add_goodwill",
            "orders.discount_line",
            "orders.return_lines",
            "orders.exchange_lines",
            "orders.claim_warranty",
            "payments.refund_payment",
            "payments.return_deposit",
            "invoicing.give_goodwill",
            "invoicing.credit_lines",
            "invoicing.correct_invoice",
            "coupons.give_coupon",
        ],
        answer=table(
            "Answer",
            ("fraud alert", "flagged abusive"),
            ("answer", "approver", "second person", "words"),
            rows,
        ),
        gaps="Customers whose file bears no such sign: the other guidelines say it.",
        words={
            "fraud": words(
                "There is a fraud alert on this file: a supervisor looks at it, whoever asks.",
                "Hay una alerta de fraude en este expediente: lo mira un supervisor, pida quien pida.",
                "This is being checked. We write to you today.",
                "Se está comprobando. Le escribimos hoy.",
            ),
            "abusive": words(
                "This customer is flagged as abusive: stay friendly and short, and let a colleague decide.",
                "Este cliente está marcado como abusivo: sea amable y breve, y deje que decida un compañero.",
                "I pass this on to a colleague, who writes to you.",
                "Se lo paso a un compañero, que le escribirá.",
            ),
        },
        cases=[
            case("Fraud", "ask", fraud_alert="true", flagged_abusive="false"),
            case("Abusive", "ask", fraud_alert="false", flagged_abusive="true"),
        ],
    )
