"""What a person may type to sign in."""

from mace.web.forms import EmailField, Form, Needed, PasswordField


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField("Email address", validators=[Needed("Enter your email address")])
    password = PasswordField("Password", validators=[Needed("Enter your password")])
