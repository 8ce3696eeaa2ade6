"""Steps of a service that asks Rollbook about access tokens."""

from pytest_bdd import then, when


@when("the Shop introspects Ada's token")
def introspect_token(people, responses):
    token = people["Ada"].token
    responses["the Shop"] = people["Shop"].post_form("/api/introspect", token=token)


@then("the Shop sees that Ada's token is active")
def check_active(people, responses):
    answer = responses["the Shop"].json
    assert (answer["active"], answer["sub"]) == (True, people["Ada"].id)


@then("the Shop sees that the token is not active")
def check_not_active(responses):
    assert responses["the Shop"].json == {"active": False}
