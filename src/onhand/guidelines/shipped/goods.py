"""What comes back, is exchanged, is called off or broke: the shipped guidelines about goods."""

from onhand.guidelines.shipped.building import LEADERS, SENIORS, Shipped, case, guideline, table, words

FAULTS = '"wrong_article","damaged","faulty","not_as_described"'
ARRIVED = '"delivered","completed","return_requested","exchange_requested"'
TERMS = "Terms of sale"
# What is promised, within how many days, and what says that it was kept.
LABEL = ('"The label is sent to the customer"', "1", '"contacts.message_sent"')
MONEY_BACK = ('"The money is given back once it arrived"', "21", '"orders.return_settled"')
INSTEAD = ('"The replacement is sent once it arrived"', "21", '"orders.replacement_sent"')


_RETURN_WORDS = {
    "not delivered": words(
        "Nothing of this order has arrived yet. Cancel it, or what has not left.",
        "De este pedido todavía no ha llegado nada. Cancélelo, o lo que no haya salido.",
        "Your parcel has not arrived yet. I can cancel what has not left.",
        "Su paquete todavía no ha llegado. Puedo cancelar lo que no haya salido.",
    ),
    "too late": words(
        "It arrived {days since delivered} days ago; goods come back within 30. A fault is claimed under warranty.",
        "Llegó hace {days since delivered} días; se puede devolver durante 30. Un defecto se reclama con la garantía.",
        "The 30 days for sending it back are over. If it is faulty I check the warranty for you.",
        "Los 30 días para devolverlo han pasado. Si tiene un defecto, compruebo la garantía.",
    ),
    "our fault": words(
        "This was our fault: it comes back at no cost to the customer.",
        "Ha sido culpa nuestra: vuelve sin coste para el cliente.",
        "I am sorry about that. You send it back at no cost and get all of it back.",
        "Lo siento. Lo devuelve sin coste y recibe todo su importe.",
    ),
    "withdrawal": words(
        "Within 14 days the customer need give no reason.",
        "Durante 14 días el cliente no tiene que dar ningún motivo.",
        "You can send it back within 14 days. The money comes once it is here.",
        "Puede devolverlo durante 14 días. El dinero llega cuando lo hayamos recibido.",
    ),
    "unused": words(
        "From the 15th to the 30th day we take it back unused.",
        "Del día 15 al 30 lo aceptamos sin usar.",
        "We take it back if it was not used.",
        "Lo aceptamos si no se ha usado.",
    ),
    "much": words(
        "{amount back} {currency} would go back: a colleague looks at it first.",
        "Se devolverían {amount back} {currency}: antes lo mira un compañero.",
        "I have a colleague look at this and come back to you at once.",
        "Lo consulto con un compañero y le digo algo enseguida.",
    ),
}


_RETURN_CASES = [
    case("Not delivered", "refuse", days_since_delivered="null", reason_code="damaged", amount_back="10"),
    case("On day 30", "allow", days_since_delivered="30", reason_code="changed_mind", amount_back="200"),
    case("On day 31", "refuse", days_since_delivered="31", reason_code="damaged", amount_back="10"),
    case("Damaged", "allow", days_since_delivered="30", reason_code="damaged", amount_back="500"),
    case("Damaged and dear", "ask", days_since_delivered="2", reason_code="damaged", amount_back="500.01"),
    case("Changed their mind", "allow", days_since_delivered="14", reason_code="changed_mind", amount_back="500"),
    case("A day too late", "ask", days_since_delivered="15", reason_code="changed_mind", amount_back="200.01"),
]


def returns() -> Shipped:
    """Whether goods may come back."""
    rows = [
        ("null", "-", "-", '"refuse"', "", '"not delivered"'),
        ("> 30", "-", "-", '"refuse"', "", '"too late"'),
        ("-", FAULTS, "<= 500", '"allow"', "", '"our fault"'),
        ("-", FAULTS, "-", '"ask"', SENIORS, '"much"'),
        ("<= 14", "-", "<= 500", '"allow"', "", '"withdrawal"'),
        ("-", "-", "<= 200", '"allow"', "", '"unused"'),
        ("-", "-", "-", '"ask"', SENIORS, '"much"'),
    ]
    return guideline(
        "Returns",
        "What customers may send back, and until when.",
        f"{TERMS}, 7",
        acts=["orders.return_lines"],
        answer=table(
            "Answer",
            ("days since delivered", "reason code", "amount back"),
            ("answer", "approver", "words"),
            rows,
        ),
        words=_RETURN_WORDS,
        also=["currency"],
        offered_by=["days since delivered"],
        remedies=[("<= 30", '"refund"', "amount back"), ("<= 30", '"exchange"', "amount back")],
        follow_ups=[LABEL, MONEY_BACK],
        cases=_RETURN_CASES,
    )


def inspections() -> Shipped:
    """What is given back for goods that came back."""
    rows = [
        ("-", "-", "> 1000", '"ask"', SENIORS, '"much"'),
        ('"used","broken"', '"changed_mind","does_not_fit","other"', "-", '"ask"', SENIORS, '"worn"'),
        ("-", "-", "-", '"allow"', "", '"fine"'),
    ]
    return guideline(
        "Goods that came back",
        "What is given back once returned goods were looked at.",
        f"{TERMS}, 7.4",
        acts=["orders.inspect_return"],
        answer=table(
            "Answer",
            ("grade of the goods", "return reason", "amount back"),
            ("answer", "approver", "words"),
            rows,
        ),
        words={
            "much": words(
                "{amount back} {currency} would go back: a colleague looks at the goods too.",
                "Se devolverían {amount back} {currency}: un compañero mira también los artículos.",
            ),
            "worn": words(
                "It was used or broken, and not sent back as faulty: deduct for use, or have a colleague agree.",
                "Está usado o roto y no se devolvió por un defecto: descuente el uso o pida el acuerdo de un compañero.",
            ),
            "fine": words("As it is, it is given back.", "Tal como está, se devuelve el importe."),
        },
        also=["currency"],
        cases=[
            case("As new", "allow", grade_of_the_goods="as_new", return_reason="changed_mind", amount_back="90"),
            case("Broken on the way", "allow", grade_of_the_goods="broken", return_reason="damaged", amount_back="90"),
            case("Worn", "ask", grade_of_the_goods="used", return_reason="does_not_fit", amount_back="90"),
            case("Dear", "ask", grade_of_the_goods="as_new", return_reason="damaged", amount_back="1000.01"),
        ],
    )


def exchanges() -> Shipped:
    """Whether something else may be sent for what comes back."""
    rows = [
        ("null", "-", "-", '"refuse"', "", '"not delivered"'),
        ("> 30", "-", "-", '"refuse"', "", '"too late"'),
        ("-", "-", "> 3", '"ask"', SENIORS, '"often"'),
        ("-", "< -200", "-", '"ask"', SENIORS, '"much"'),
        ("-", "-", "-", '"allow"', "", '"fine"'),
    ]
    return guideline(
        "Exchanges",
        "What is sent for something else.",
        f"{TERMS}, 8",
        acts=["orders.exchange_lines"],
        answer=table(
            "Answer",
            ("days since delivered", "price difference", "returns made"),
            ("answer", "approver", "words"),
            rows,
        ),
        words={
            "not delivered": words(
                "Nothing has arrived yet: change the order instead.",
                "Todavía no ha llegado nada: cambie el pedido.",
            ),
            "too late": words(
                "It arrived {days since delivered} days ago; exchanges are agreed within 30.",
                "Llegó hace {days since delivered} días; los cambios se acuerdan durante 30.",
                "The 30 days for an exchange are over.",
                "Los 30 días para un cambio han pasado.",
            ),
            "often": words(
                "{returns made} returns were agreed on this order already.",
                "En este pedido ya se han acordado {returns made} devoluciones.",
            ),
            "much": words(
                "What is sent costs much less: a colleague looks at it first.",
                "Lo que se envía cuesta mucho menos: antes lo mira un compañero.",
            ),
            "fine": words(
                "It is exchanged; a difference is paid or given back.",
                "Se cambia; la diferencia se paga o se devuelve.",
                "I send you the other one as soon as this one is here.",
                "Le envío el otro en cuanto llegue este.",
            ),
        },
        follow_ups=[LABEL, INSTEAD],
        cases=[
            case("Another size", "allow", days_since_delivered="3", price_difference="0", returns_made="0"),
            case("On day 31", "refuse", days_since_delivered="31", price_difference="0", returns_made="0"),
            case("Before it arrived", "refuse", days_since_delivered="null", price_difference="0", returns_made="0"),
            case("Much cheaper", "ask", days_since_delivered="3", price_difference="-200.01", returns_made="0"),
            case("Again and again", "ask", days_since_delivered="3", price_difference="0", returns_made="4"),
        ],
    )


def cancellations() -> Shipped:
    """Whether an order, or what is left of it, may be cancelled."""
    rows = [
        ('"system"', "-", "-", '"allow"', "", '"fine"'),
        ("-", '"fraud"', "-", '"ask"', LEADERS, '"fraud"'),
        ("-", "-", "> 1000", '"ask"', SENIORS, '"much"'),
        ("-", "-", "-", '"allow"', "", '"fine"'),
    ]
    return guideline(
        "Cancellations",
        "Who cancels what has not been shipped.",
        f"{TERMS}, 6",
        acts=["orders.cancel_order", "orders.cancel_rest"],
        answer=table("Answer", ("kind of actor", "reason code", "amount back"), ("answer", "approver", "words"), rows),
        words={
            "fraud": words(
                "Suspected fraud is looked at by a supervisor: the money may have to stay where it is.",
                "La sospecha de fraude la mira un supervisor: puede que el dinero no deba moverse.",
                "This order is being checked. We write to you today.",
                "Este pedido se está comprobando. Le escribimos hoy.",
            ),
            "much": words(
                "{amount back} {currency} would go back: a colleague looks at it first.",
                "Se devolverían {amount back} {currency}: antes lo mira un compañero.",
            ),
            "fine": words(
                "What has not left is cancelled at no cost.",
                "Lo que no ha salido se cancela sin coste.",
                "It is cancelled. What you paid comes back the way you paid it.",
                "Queda cancelado. Lo que pagó vuelve por donde lo pagó.",
            ),
        },
        also=["currency"],
        cases=[
            case("No longer wanted", "allow", kind_of_actor="person", reason_code="no_longer_wanted", amount_back="90"),
            case("Not paid in time", "allow", kind_of_actor="system", reason_code="not_paid", amount_back="2000"),
            case("Fraud", "ask", kind_of_actor="person", reason_code="fraud", amount_back="1"),
            case("Dear", "ask", kind_of_actor="ai", reason_code="other", amount_back="1000.01"),
        ],
    )


def damage() -> Shipped:
    """What is done about goods that broke after the time for returns, under their warranty."""
    rows = [
        ("null", "-", '"ask"', SENIORS, '"no warranty"'),
        ("< 0", "-", '"ask"', LEADERS, '"over"'),
        ("-", "> 500", '"ask"', SENIORS, '"much"'),
        ("-", "-", '"allow"', "", '"covered"'),
    ]
    return guideline(
        "Damage and warranty",
        "What is done about what broke.",
        "Terms of warranty, 2",
        acts=["orders.claim_warranty"],
        answer=table("Answer", ("warranty left", "list price"), ("answer", "approver", "words"), rows),
        also=["order total"],
        words={
            "no warranty": words(
                "One of these has no warranty of ours: what the law gives is looked at by a colleague.",
                "Alguno no tiene garantía nuestra: lo que da la ley lo mira un compañero.",
            ),
            "over": words(
                "The warranty is over. A supervisor may make an exception.",
                "La garantía ha terminado. Un supervisor puede hacer una excepción.",
                "The warranty is over. I ask whether we can still do something for you.",
                "La garantía ha terminado. Pregunto si aún podemos hacer algo por usted.",
            ),
            "much": words(
                "It costs {list price}: a colleague looks at the photos first.",
                "Cuesta {list price}: antes un compañero mira las fotos.",
            ),
            "covered": words(
                "The warranty holds for {warranty left} more days: replace it, or give its price back.",
                "La garantía vale {warranty left} días más: cámbielo o devuelva su precio.",
                "It is under warranty. We replace it at no cost.",
                "Está en garantía. Se lo cambiamos sin coste.",
            ),
        },
        offered_by=["order state", "days since delivered", "remedies on the order"],
        remedies=[
            (ARRIVED, "<= 30", "-", '"refund"', "order total"),
            (ARRIVED, "<= 30", "-", '"exchange"', "order total"),
            (ARRIVED, "> 30", "-", '"replacement"', "list price"),
            (ARRIVED, "<= 60", "< 2", '"goodwill"', "order total * 0.1"),
        ],
        follow_ups=[('"replace"', *INSTEAD), ('"refund"', *MONEY_BACK)],
        follows_by=["chosen remedy"],
        cases=[
            case("On the last day", "allow", warranty_left="0", list_price="500"),
            case("A day later", "ask", warranty_left="-1", list_price="20"),
            case("Without a warranty", "ask", warranty_left="null", list_price="20"),
            case("Dear", "ask", warranty_left="300", list_price="500.01"),
        ],
    )
