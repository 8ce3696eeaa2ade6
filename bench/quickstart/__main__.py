"""Create the table of the quick-start build and an account, and print its access token."""

from flask_jwt_extended import create_access_token

from bench.quickstart.app import User, app, db, hasher

with app.app_context():
    db.create_all()
    ada = User(username="ada", email="ada@example.org", password_hash=hasher.hash("analytical"))
    db.session.add(ada)
    db.session.commit()
    print(create_access_token(str(ada.id)))
