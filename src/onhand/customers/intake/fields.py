"""What can be taken in about a customer: each field with its label and the headings other systems give it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class IntakeField:
    """
    One thing a row can say. `headings` are folded, in English and Spanish. `many`: several columns may say it, and one cell may hold
    several, parted by semicolons or line breaks. `own`: only files we wrote ourselves have it.
    """

    name: str
    label: "_StrOrPromise"
    headings: tuple[str, ...]
    longest: int = 200
    many: bool = False
    own: bool = False


FIELDS = (
    IntakeField(
        "outside_id",
        _("Number in the other system"),
        (
            *(
                "id",
                "external id",
                "outside id",
                "crm id",
                "account id",
                "contact id",
                "record id",
                "uuid",
                "guid",
                "key",
            ),
            *("id externo", "id cliente", "codigo externo", "identificador", "clave", "number in the other system"),
        ),
    ),
    IntakeField(
        "reference", _("Onhand reference"), ("onhand reference", "referencia de onhand"), longest=100, own=True
    ),
    IntakeField(
        "customer_number",
        _("Customer number"),
        (
            *(
                "customer number",
                "customer no",
                "customer id",
                "client number",
                "client id",
                "customer",
                "member number",
            ),
            *(
                "numero de cliente",
                "n cliente",
                "no cliente",
                "num cliente",
                "cliente",
                "codigo cliente",
                "codigo de cliente",
            ),
            *("numero de socio", "kundennummer", "numero client"),
        ),
        longest=100,
    ),
    IntakeField(
        "name",
        _("Name"),
        (
            *("name", "full name", "customer name", "client name", "display name", "contact name", "contact"),
            *(
                "nombre completo",
                "nombre y apellidos",
                "apellidos y nombre",
                "nombre del cliente",
                "nombre cliente",
                "titular",
            ),
        ),
        longest=300,
    ),
    IntakeField(
        "given_name",
        _("Given name"),
        ("first name", "given name", "forename", "firstname", "nombre", "nombre de pila", "vorname", "prenom"),
    ),
    IntakeField(
        "family_name",
        _("Family name"),
        (
            *("last name", "family name", "surname", "lastname", "apellido", "apellidos", "nachname", "nom"),
            *("primer apellido", "segundo apellido", "apellido 1", "apellido 2", "second surname", "middle name"),
        ),
        many=True,
    ),
    IntakeField(
        "organisation",
        _("Organisation"),
        (
            *("company", "organisation", "organization", "company name", "business name", "business", "firm"),
            *("empresa", "organizacion", "razon social", "sociedad", "firma"),
        ),
        longest=300,
    ),
    IntakeField("kind", _("Kind"), ("kind", "type", "customer type", "tipo", "tipo de cliente", "clase")),
    IntakeField(
        "form_of_address",
        _("Form of address"),
        ("form of address", "salutation", "title", "prefix", "tratamiento", "saludo", "titulo", "anrede"),
        longest=60,
    ),
    IntakeField(
        "language",
        _("Language"),
        ("language", "lang", "locale", "preferred language", "idioma", "lengua", "idioma preferido", "sprache"),
    ),
    IntakeField(
        "born_on",
        _("Date of birth"),
        (
            *("date of birth", "birth date", "birthdate", "birthday", "born on", "born", "dob"),
            *("fecha de nacimiento", "fecha nacimiento", "nacimiento", "nacido el", "f nacimiento"),
        ),
    ),
    IntakeField(
        "tax_number",
        _("Tax number"),
        ("tax number", "tax id", "vat", "vat number", "vat id", "nif", "cif", "dni", "nie", "nif cif", "numero fiscal"),
        longest=40,
    ),
    IntakeField(
        "email",
        _("E-mail address"),
        (
            *(
                "email",
                "e mail",
                "mail",
                "email address",
                "e mail address",
                "work email",
                "home email",
                "email addresses",
            ),
            *(
                "correo",
                "correo electronico",
                "direccion de correo",
                "email 1",
                "email 2",
                "e mail addresses",
                "correos",
            ),
        ),
        longest=2_000,
        many=True,
    ),
    IntakeField(
        "telephone",
        _("Telephone number"),
        (
            *(
                "phone",
                "telephone",
                "tel",
                "mobile",
                "cell",
                "cell phone",
                "mobile phone",
                "phone number",
                "home phone",
            ),
            *("work phone", "telephone number", "mobile number", "phone 1", "phone 2", "telephone numbers", "landline"),
            *(
                "telefono",
                "movil",
                "celular",
                "telefono movil",
                "telefono fijo",
                "telefono 1",
                "telefono 2",
                "numero de telefono",
            ),
            *("telefonos", "telefono de contacto", "telefon", "handy"),
        ),
        longest=1_000,
        many=True,
    ),
    IntakeField(
        "address_lines",
        _("Street and number"),
        (
            *(
                "address",
                "street",
                "street address",
                "address line",
                "address line 1",
                "address line 2",
                "address 1",
                "address 2",
            ),
            *("street and number", "address1", "address2", "house number", "mailing street", "billing street"),
            *(
                "direccion",
                "calle",
                "domicilio",
                "direccion 1",
                "direccion 2",
                "calle y numero",
                "via",
                "numero",
                "piso",
            ),
            *("strasse", "rue"),
        ),
        longest=300,
        many=True,
    ),
    IntakeField(
        "postal_code",
        _("Postal code"),
        (
            *("postal code", "postcode", "post code", "zip", "zip code", "zipcode", "mailing zip", "plz"),
            *("codigo postal", "cp", "c p", "cod postal"),
        ),
        longest=20,
    ),
    IntakeField(
        "city",
        _("City"),
        ("city", "town", "locality", "place", "ciudad", "poblacion", "localidad", "municipio", "ort", "ville"),
        longest=100,
    ),
    IntakeField(
        "region",
        _("Region"),
        (
            "region",
            "state",
            "province",
            "county",
            "provincia",
            "estado",
            "comunidad",
            "comunidad autonoma",
            "departamento",
        ),
        longest=100,
    ),
    IntakeField(
        "country",
        _("Country"),
        ("country", "country code", "nation", "pais", "codigo de pais", "codigo pais", "land", "pays"),
    ),
    IntakeField(
        "customer_since",
        _("Customer since"),
        (
            "customer since",
            "since",
            "created",
            "created at",
            "created on",
            "client since",
            "cliente desde",
            "fecha de alta",
            "alta",
        ),
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
