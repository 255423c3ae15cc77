"""Help pages that belong to no one command."""

TOPICS = {
    "language": """\
numbers      12  .5  1e-3                constants  pi (π)  e  inf
operators    + - * /  ^ or ** (right to left, before a unary minus: -x^2 is -(x^2))
products     2x  2(x+1)  2sin(x)  (a)(b) may leave out the *; 1/2x and x y may not
comparisons  <  <=  >  >=  ==  !=  and or not; [x >= 0] is 1 where it holds, else 0
choice       if(c, a, b), max, min, clip(x, low, high)
vectors      [a, b]; v[1] is the first component
programs     a = x^2; b = exp(a); a + b      the last expression is the value
functions    f(x, y) = x*y; f(2, 3); f'(x) and f''(x) are derivatives
comments     # to the end of the line
A name without definition is an input. x = 2 makes x an input with the value 2.""",
    "point": """\
--at x=2,y=pi/2,v=[1,2]   values are expressions; a comma inside brackets belongs to the value.
--at may be repeated. A name that is given and not used has derivative 0.
In a session x = 2 sets the point, and `at` stands for this line alone.""",
    "kinks": """\
Where a function has no derivative the answer follows the lecture notes and says so:
  max(u, v)' = u'[u > v] + v'[u <= v]     min(u, v)' = u'[u < v] + v'[u >= v]
  relu' = [u >= 0]    abs' = sign with sign(0) = 0    floor, ceil, round, step, sign: 0
--at-kink left|right gives the one-sided derivative along each input, mean their average,
error refuses. Where no one-sided derivative exists the answer is nan: not determined.""",
    "json": """\
--json prints one object on a line: {"dcalc": 1, "kind": "grad", …}; 1 is the version of this form.
eval   "value" (a list for a vector); "name" where it was bound to one
grad   "value", "wrt": ["x"], "derivative": {"x": 2.0} (a list for a vector), "backend", "work";
       of fd also "error_estimate", of the same form as "derivative"
jac    the same; "derivative" is a list of rows, each {"x": …}
hess   the same; "derivative" is {"x": {"x": …, "y": …}, …}, or a list of those for a vector
       --backend all has "backends": {"fd": {"derivative", "work"}, …}, "largest_difference",
       "agree" and "disagreements" in place of one backend's answer
diff   "wrt": [["x", "x"], …], "derivatives": [{"label", "formula"; "value" with --at}, …]
trace  "mode", "subject", "steps": [{"name", "formula", "value", "tangent", "tangent_formula"}, …];
       mode reverse has "adjoint" for "tangent"
rules  "entry", as the table has it; without a name "names"
All have "notes": [{"kind", "message", …}] where there is something to say. inf and nan are the strings
"inf", "-inf", "nan". An error is the only object:
{"dcalc": 1, "error": {"kind", "message"; "hint"; "source", "span", "line", "column"}}.""",
    "exit": """\
0    all well
1    a computation failed or the answer is no (domain, limit, backends disagree)
2    the request could not be understood (syntax, name, arity, shape, usage)
70   an internal error
130  interrupted""",
}
