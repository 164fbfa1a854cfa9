"""
Addresses of signing in. The library has more; what this product has no use for leads nowhere, under the name the library
asks for.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as socialaccount
from allauth.usersessions import views as sessions
from django.contrib.auth.decorators import login_not_required as open_to_all
from django.urls import path, re_path

from onhand.web.account import views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", open_to_all(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("2fa/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", views.add_passkey, name="mfa_add_webauthn"),
    path("2fa/passkeys/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("2fa/passkeys/login/", open_to_all(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("single-sign-on/<slug:provider_id>/", views.single_sign_on, name="openid_connect_login"),
    path("single-sign-on/<slug:provider_id>/back/", views.single_sign_on_back, name="openid_connect_callback"),
    path("single-sign-on-cancelled/", open_to_all(socialaccount.login_cancelled), name="socialaccount_login_cancelled"),
    path("single-sign-on-failed/", open_to_all(socialaccount.login_error), name="socialaccount_login_error"),
    # Never reached by a link of ours
    path("closed/signup/", views.closed, name="account_signup"),
    path("closed/email/", views.closed, name="account_email"),
    path("closed/verification/", views.closed, name="account_email_verification_sent"),
    path("closed/code/", views.closed, name="account_confirm_login_code"),
    path("closed/connections/", views.closed, name="socialaccount_connections"),
    path("closed/connect/", views.closed, name="socialaccount_signup"),
]
