"""Claims as students make them: the wrong ones with their slip, the right ones in other forms."""

from __future__ import annotations

import json

import pytest

#: (expression, wrong claim, options, kind of the slip, a word of the message)
WRONG = [
    ("sin(x^2)", "cos(x^2)", "", "chain rule", "inner derivative of sin(x^2), which is 2*x, is missing"),
    ("sin(x^2)", "cos(2*x)", "", "chain rule", "taken at 2*x instead of x^2"),
    ("sin(x^2)", "cos(x)*2*x", "", "chain rule", "taken at x instead of x^2"),
    ("sin(x^2)", "2*x", "", "chain rule", "only 2*x is left"),
    ("sin(x^2)", "-2*x*cos(x^2)", "", "sign", "sign"),
    ("exp(3*x)", "exp(3*x)", "", "chain rule", "which is 3, is missing"),
    ("exp(-x^2)", "exp(-x^2)", "", "chain rule", "inner derivative"),
    ("(3*x + 1)^5", "5*(3*x + 1)^4", "", "chain rule", "which is 3, is missing"),
    ("log(x^2 + 1)", "1/(x^2 + 1)", "", "chain rule", "which is 2*x, is missing"),
    ("sqrt(1 - x^2)", "1/(2*sqrt(1 - x^2))", "", "chain rule", "is missing"),
    ("cos(x)", "sin(x)", "", "sign", "the minus of the derivative of cos(x), which is -sin(x), is missing"),
    ("cos(3*x)", "3*sin(3*x)", "", "sign", "minus"),
    ("sin(x)", "sin(x)", "", "derivative of a function", "the derivative of sin is cos"),
    ("x*sin(x)", "cos(x)", "", "product rule", "not the product of the derivatives"),
    ("x^2*sin(x)", "2*x*sin(x)", "", "product rule", "second term"),
    ("x^2*sin(x)", "x^2*cos(x)", "", "product rule", "first term"),
    ("x^2*exp(x)", "2*x*exp(x) - x^2*exp(x)", "", "product rule", "added, not subtracted"),
    ("x^2*log(x)", "2*x + 1/x", "", "product rule", "multiplied with the other factor"),
    ("sin(x)/x", "(sin(x) - x*cos(x))/x^2", "", "quotient rule", "other way round"),
    ("sin(x)/x", "(x*cos(x) - sin(x))/x", "", "quotient rule", "square of the denominator"),
    ("sin(x)/x", "cos(x)", "", "quotient rule", "not the quotient of the derivatives"),
    ("x^2/(x + 1)", "(2*x*(x + 1) + x^2)/(x + 1)^2", "", "quotient rule", "subtracted, not added"),
    ("x^2/(x + 1)", "2*x*(x + 1) - x^2", "", "quotient rule", "is missing"),
    ("1/(x^2 + 1)", "-1/(x^2 + 1)^2", "", "chain rule", "inner derivative"),
    ("1/(x^2 + 1)", "2*x/(x^2 + 1)^2", "", "quotient rule", "minus"),
    ("1/x", "1/x^2", "", "quotient rule", "minus"),
    ("1/x", "log(x)", "", "integral", "integral"),
    ("x^3", "x^2", "", "power rule", "factor 3"),
    ("x^3", "3*x^3", "", "power rule", "go down by one"),
    ("x^3", "2*x^2", "", "power rule", "old exponent"),
    ("x^3", "x^4/4", "", "power rule", "integrated"),
    ("x^-2", "-2*x^-1", "", "power rule", "goes up"),
    ("2^x", "2^x", "", "exponential rule", "log(2)"),
    ("2^x", "x*2^(x - 1)", "", "exponential rule", "power rule is not for it"),
    ("exp(x)", "x*exp(x - 1)", "", "exponential rule", "power rule is not for it"),
    ("x^x", "x*x^(x - 1)", "", "power rule", "no constant"),
    ("log10(x)", "1/x", "", "logarithm rule", "base 10"),
    ("log2(x)", "1/x", "", "logarithm rule", "base 2"),
    ("sqrt(x)", "1/sqrt(x)", "", "power rule", "1/2"),
    ("tan(x)", "1/cos(x)", "", "derivative of a function", "square"),
    ("asin(x)", "1/(1 - x^2)", "", "derivative of a function", "root"),
    ("atan(x)", "1/sqrt(1 + x^2)", "", "derivative of a function", "no root"),
    ("tanh(x)", "1 + tanh(x)^2", "", "derivative of a function", "1 - tanh^2"),
    ("x^2 + 5", "2*x + 5", "", "constant", "constant 5 is 0"),
    ("x^2 + 5", "2*x + 1", "", "constant", "0, not 1"),
    ("5*x^2", "2*x", "", "constant factor", "constant factor 5"),
    ("x^2 - x", "2*x + 1", "", "sign", "term x"),
    ("x^3 + x^2", "3*x^2", "", "sum rule", "which is 2*x, is missing"),
    ("x^2*y^3", "3*x^2*y^2", "--wrt x", "wrong variable", "in y, not in x"),
    ("a*sin(b*x + c)", "a*cos(b*x + c)", "--wrt x", "chain rule", "which is b, is missing"),
    ("sqrt(x^2)", "1", "", "", ""),  # on one side of 0 the sign would explain it
    ("x^3*sin(y)", "x^3*cos(y)", "--wrt x", "wrong variable", "in y"),
    ("sin(x)", "-sin(x)", "", "order", "second derivative"),
    ("x^3 + 2*x", "6*x", "", "order", "second derivative"),
    ("2*x", "x^2", "", "integral", "integral"),
    ("x^2 + 3*x", "x^2 + 3*x", "", "not differentiated", "itself"),
    ("sin(cos(x^2))", "cos(cos(x^2))*-sin(x^2)", "", "chain rule", "cos(x^2)"),
    ("sin(2*x)*cos(3*x)", "2*cos(2*x)*cos(3*x) - sin(2*x)*sin(3*x)", "", "chain rule", "cos(3*x)"),
    ("sin(2*x) + cos(2*x)", "3*cos(2*x) - 2*sin(2*x)", "", "", ""),
    ("sin(x)", "pi/180*cos(x)", "", "constant factor", "degrees"),
    ("x^2*cos(x)", "6*x*cos(x) - 3*x^2*sin(x)", "", "constant factor", "times 3"),
    ("x^3/3", "3*x^2", "", "constant factor", "division"),
]  # fmt: skip

#: (expression, right claim in another form, options)
RIGHT = [
    ("sin(x)^2", "sin(2*x)", ""),
    ("sin(x)^2", "2*sin(x)*cos(x)", ""),
    ("sin(2*x)", "2*cos(x)^2 - 2*sin(x)^2", ""),
    ("sin(2*x)", "2 - 4*sin(x)^2", ""),
    ("cos(x)^2", "-sin(2*x)", ""),
    ("tan(x)", "1 + tan(x)^2", ""),
    ("tan(x)", "1/cos(x)^2", ""),
    ("tan(x)", "2/(1 + cos(2*x))", ""),
    ("sin(x)*cos(x)", "cos(2*x)", ""),
    ("sin(x)/cos(x)", "sec(x)^2", ""),
    ("log(x^2)", "2/x", ""),
    ("log(3*x)", "1/x", ""),
    ("log(abs(x))", "1/x", ""),
    ("log10(x)", "1/(x*log(10))", ""),
    ("log(sqrt(x))", "1/(2*x)", ""),
    ("x^x", "exp(x*log(x))*(1 + log(x))", ""),
    ("2^x", "exp(x*log(2))*log(2)", ""),
    ("4^x", "2*2^(2*x)*log(2)", ""),
    ("exp(2*x)", "2*exp(x)^2", ""),
    ("exp(x)/(1 + exp(x))", "1/(exp(x/2) + exp(-x/2))^2", ""),
    ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))", ""),
    ("tanh(x)", "1 - tanh(x)^2", ""),
    ("tanh(x)", "1/cosh(x)^2", ""),
    ("sinh(x)", "(exp(x) + exp(-x))/2", ""),
    ("(x + 1)*(x + 2)*(x + 3)", "3*x^2 + 12*x + 11", ""),
    ("(x + 1)^3", "3*x^2 + 6*x + 3", ""),
    ("x^4 - 1", "4*x^3 + 0*x", ""),
    ("(x^2 - 1)/(x - 1)", "1", ""),
    ("x/(x + 1)", "1/(x^2 + 2*x + 1)", ""),
    ("1/(x^2 - 1)", "(1/(x + 1)^2 - 1/(x - 1)^2)/2", ""),
    ("sqrt(x)", "sqrt(x)/(2*x)", ""),
    ("sqrt(x)", "x^(-1/2)/2", ""),
    ("sqrt(x^2 + 1)", "x*sqrt(x^2 + 1)/(x^2 + 1)", ""),
    ("x*sqrt(x)", "3/2*x^0.5", ""),
    ("asin(x)", "sqrt(1 - x^2)/(1 - x^2)", ""),
    ("atan(x) + atan(1/x)", "0", ""),
    ("abs(x)", "x/abs(x)", ""),
    ("sqrt(x^2)", "sign(x)", ""),
    ("relu(x)", "if(x > 0, 1, 0)", ""),
    ("max(x, 1)", "[x > 1]", ""),
    ("acos(x)", "-1/sqrt((1 - x)*(1 + x))", ""),
    ("sin(x)^2 + cos(x)^2", "0", ""),
    ("x^2*y^3", "[2*x*y^3, 3*(x*y)^2]", ""),
    ("exp(x*y)", "y*exp(x)^y", "--wrt x"),
    ("sin(x + y)", "cos(x)*cos(y) - sin(x)*sin(y)", "--wrt x"),
    ("[x*y, x + y]", "[[y, x], [1, 1]]", ""),
    ("[cos(t), sin(t)]", "[-sin(t), cos(t)]", ""),
    ("sin(x)", "-sin(x)", "--order 2"),
    ("a = x^2; exp(a)", "2*x*exp(a)", "--wrt x"),
    ("a = x^2; exp(a)", "exp(a)", "--wrt a"),
    ("log(x*y)", "1/x", "--wrt x"),
    ("gamma(x)/gamma(x)", "0", ""),
    ("5", "0", "--wrt x --at x=1"),
]  # fmt: skip


def checked(dcalc, text: str, claim: str, options: str = ""):
    """The exit status, and the answer as an object."""
    answer = dcalc(["check", text, "--claim", claim, *options.split(), "--json"])
    assert answer.status in (0, 1), answer
    return answer.status, json.loads(answer.out)


@pytest.mark.parametrize(("text", "claim", "options", "kind", "word"), WRONG, ids=[f"{w[0]}: {w[1]}" for w in WRONG])
def test_wrong_claims_and_their_slips(dcalc, text, claim, options, kind, word):
    status, answer = checked(dcalc, text, claim, options)
    assert (status, answer["verdict"]) == (1, "wrong")
    (item,) = answer["components"]
    assert item["counterexample"]["yours"] != item["counterexample"]["right"]
    slip = item.get("slip", {"kind": "", "message": ""})
    assert slip["kind"] == kind
    assert word in slip["message"]
    if "span" in slip:
        assert text[slice(*slip["span"])] == slip["text"]


@pytest.mark.parametrize(("text", "claim", "options"), RIGHT, ids=[f"{r[0]}: {r[1]}" for r in RIGHT])
def test_right_claims_in_other_forms(dcalc, text, claim, options):
    status, answer = checked(dcalc, text, claim, options)
    assert (status, answer["verdict"] in ("proven", "equal")) == (0, True), answer
