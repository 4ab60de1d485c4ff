"""A trained Keras network becomes SQL that your own database runs."""
