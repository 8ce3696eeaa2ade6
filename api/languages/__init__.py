"""The languages of mails and pages: which one a reader gets, its texts and its timestamps."""
