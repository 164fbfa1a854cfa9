"""The pages customers answer surveys on: no sign-in, no script, no cookie; the link in the mail is all they need."""
