"""Make the plain build's table and one account in it, and print an access token of theirs."""

from flask_jwt_extended import create_access_token

from bench.plain.app import User, app, db, hasher

with app.app_context():
    db.create_all()
    ada = User(username="ada", email="ada@example.org", password_hash=hasher.hash("analytical"))
    db.session.add(ada)
    db.session.commit()
    print(create_access_token(str(ada.id)))
