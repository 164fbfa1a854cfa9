"""Django's settings, all derived from :mod:`onhand.config.environment`. Nothing here reads the environment itself."""

import hashlib
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from onhand.config import database, folder, logs, single_sign_on
from onhand.config.environment import environment

_env = environment()
_package = Path(__file__).resolve().parents[1]
_https = _env.address.startswith("https://")

DEBUG = _env.debug
SECRET_KEY = _env.secret_key.get_secret_value() if _env.secret_key else folder.key(_env.data, folder.SECRET_KEY)
_seal_key = _env.seal_key.get_secret_value() if _env.seal_key else folder.key(_env.data, folder.SEAL_KEY)
SEAL_KEY = hashlib.sha256(_seal_key.encode()).digest()

# What runs
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "onhand.kernel",
    "onhand.staff",
    "onhand.customers",
    "onhand.guidelines",
    "onhand.ledger",
    "onhand.catalogue",
    "onhand.knowledge",
    "onhand.contacts",
    "onhand.routing",
    "onhand.routing.callbacks",
    "onhand.procedures",
    "onhand.approvals",
    "onhand.receipts",
    "onhand.coupons",
    "onhand.payments",
    "onhand.invoicing",
    "onhand.orders",
    "onhand.billing",
    "onhand.classifying",
    "onhand.rules",
    "onhand.contacts.surveys",
    "onhand.channels.email",
    "onhand.webhooks",
    "onhand.connectors",
    "onhand.web",
]
MIDDLEWARE = [
    "onhand.config.protection.RequestNames",
    "onhand.config.protection.Measure",
    "django.middleware.security.SecurityMiddleware",
    "onhand.config.protection.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "onhand.web.entrance.SignInRequired",
    "onhand.web.entrance.PersonalSettings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "onhand.config.urls"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "onhand.web.translated.TranslatedJinja2",
        "DIRS": [_package / "web" / "templates", _package / "web"],  # the second for the panels' own folders
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "onhand.web.templating.environment",
            "context_processors": ["onhand.web.context.page"],
        },
    },
    {
        # Only for the sign-in library's own short texts: notices and mails.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

# Where the data is
DATABASES = {"default": database.django_settings(_env)}
CACHES = {
    # Shared by all processes and machines: rate limits must count in one place.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "onhand_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
SESSION_ENGINE = "onhand.staff.sessions"
PROCRASTINATE_IMPORT_PATHS = ["onhand.config.timetable", "onhand.customers.import_tasks", "onhand.channels.email.tasks"]

# Who may come in
AUTH_USER_MODEL = "staff.Representative"
AUTHENTICATION_BACKENDS = ["onhand.staff.sign_in.SignInBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_NAME = "onhand_session"
SESSION_COOKIE_AGE = int(timedelta(hours=_env.session_hours).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would sign people out who come back from a single sign-on page
SESSION_COOKIE_SECURE = _https
CSRF_FAILURE_VIEW = "onhand.web.errors.forged"
CSRF_COOKIE_NAME = "onhand_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [_env.address]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = int(timedelta(days=3).total_seconds())
ACCOUNT_ADAPTER = "onhand.staff.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # until SESSION_COOKIE_AGE
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _env.behind_proxy else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Onhand"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people are invited by a colleague who knows them
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "onhand.staff.single_sign_on.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link, because the content policy lets forms go to ourselves only
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(_env)
ONHAND_SINGLE_SIGN_ON = single_sign_on.policy(_env)

# Mail (for forgotten passwords; channels have their own)
ONHAND_SENDS_MAIL = _env.smtp_host is not None
ONHAND_DEMO_FILE = _env.data / "demo.json"  # there if this installation made the demo company
ONHAND_MAILBOX = _env.data / "mailbox"  # where the demo company's mails land without a mail server
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ONHAND_SENDS_MAIL else 'dummy'}.EmailBackend"
EMAIL_HOST = _env.smtp_host or ""
EMAIL_PORT = _env.smtp_port
EMAIL_HOST_USER = _env.smtp_user or ""
EMAIL_HOST_PASSWORD = _env.smtp_password.get_secret_value() if _env.smtp_password else ""
EMAIL_USE_TLS = _env.smtp_security == "starttls"
EMAIL_USE_SSL = _env.smtp_security == "tls"
EMAIL_TIMEOUT = 20
ONHAND_MAIL_BYTES = _env.mail_megabytes * 2**20
DEFAULT_FROM_EMAIL = _env.mail_from or "onhand@localhost"
API_PER_MINUTE = _env.api_per_minute

# Under which names
_own_names = {urlsplit(_env.address).hostname or "", _env.bind, *_env.hosts}
ALLOWED_HOSTS = sorted(_own_names - {"", "0.0.0.0", "::"} | {"127.0.0.1", "localhost", "[::1]"})  # noqa: S104
USE_X_FORWARDED_HOST = False
if _env.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
APPEND_SLASH = True

# Headers (the content policy is in onhand.config.protection)
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CLAMD = _env.clamd or ""  # address of the virus scanner; empty: there is none
ONHAND_OUTSIDE_NETWORKS = _env.outside_networks  # private ones that requests to addresses people typed in may reach
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a table of a guideline is sent with each of its cells
DATA_UPLOAD_MAX_MEMORY_SIZE = _env.upload_megabytes * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# Languages and times
LANGUAGE_CODE = _env.language
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
FORMAT_MODULE_PATH = "onhand.config.formats"
LOCALE_PATHS = [_package / "locale"]
LANGUAGE_COOKIE_NAME = "onhand_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of the server's own times; pages show each person's
ONHAND_TIME_ZONE = _env.time_zone
ONHAND_ADDRESS = _env.address  # what links in mails and on paper begin with

# Files
STATIC_URL = "/static/"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = _env.debug
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+[.-][0-9A-Za-z]{8,}\.[a-z0-9]+(\.map)?$"
MEDIA_ROOT = _env.data / "files"

LOGGING_CONFIG = None
logs.configure(level=_env.log_level, style=_env.log_format)
