"""Help pages that belong to no one command."""

TOPICS = {
    "language": """\
numbers      12  .5  1e-3                constants  pi (π)  e  inf
operators    + - * /  ^ or ** (right to left, before a unary minus: -x^2 is -(x^2))
products     2x  2(x+1)  2sin(x)  (a)(b) may leave out the *; 1/2x and x y may not
comparisons  <  <=  >  >=  ==  !=  and or not; [x >= 0] is 1 where it holds, else 0
choice       if(c, a, b), max, min, clip(x, low, high)
arrays       [a, b], [[1, 2], [3, 4]], A @ B, v[1], A[1, :], sum(v)      see `dcalc help arrays`
programs     a = x^2; b = exp(a); a + b      the last expression is the value
             { … } if for while functions    see `dcalc help programs`
functions    f(x, y) = x*y; f(2, 3); f'(x) and f''(x) are derivatives
derivatives  diff(e, x), diff(e, x, 2), grad(e, x, y), jac(e, x), hess(e, x) stand in any expression
dual         dual(2, 1), eps: dual numbers      see `dcalc help dual`
comments     # to the end of the line
A name without definition is an input. x = 2 makes x an input with the value 2.""",
    "arrays": """\
vectors      [1, 2, 3]      matrices  [[1, 2], [3, 4]]: a vector of rows
elementwise  + - * / ^, comparisons and all functions; shapes are matched as in NumPy, [1, 2]*[[1], [2]] is 2x2
products     A @ B, dot(u, v), outer(u, v), transpose(A)
parts        v[1] is the first, v[2..n], v[len(v)], A[1, 2], A[1, :] or A[1] a row, A[:, 2] a column
reductions   sum prod mean max min norm logsumexp, over all or along one axis: sum(A, axis=1)
             axes count from 1: axis=1 goes down the columns (one number for each column), axis=2 along the rows
softmax      softmax(v), softmax(A, axis=2)
matrices     tr(A)  det(A)  inv(A)  solve(A, b)  diag(v)  eye(n)
making       zeros(m, n)  ones(n)  linspace(a, b, n)  reshape(v, m, n)  concat(u, v, axis=1)  stack(u, v)  1..n
             [x[i]^2 for i in 1..n], sum(x[i]*y[j] for i in 1..n for j in 1..m)
shapes       come from the point (--at "W=[[1,2],[3,4]]", --at W=@weights.npy) or a declaration: W: 3x2; x: 2; W @ x
A gradient has its input's shape. jac of arrays has the output's shape followed by the input's; --flat is a table.""",
    "programs": """\
blocks       f(x, n) = { l = x; for k in 1..n { l = 4*l*(1 - l) }; l }      the last expression is the value
choice       if x > 0 { y = x } else if x < 0 { y = -x } else { y = 1 }
loops        for k in 1..10 { … }   for u in v { … }   while c { … }   break
functions    may call themselves; `return e` leaves one; u -> u^2 and (u, v) -> u*v are functions to be passed:
             apply(f, x) = f(x); apply(u -> u^2, 3); apply(sin, 1)
             a function made inside of another one keeps the values that names have where it is made
derivatives  diff, grad, jac, hess, f'(x) may stand in functions, in loops and in each other; f'(v) goes by component
files        --load lib.dc reads definitions before the expression
Names are bound anew by =, values never change: x[1] = 2 is an error. s = 0 before a loop that adds to s is a number;
where nothing builds on it, x = 2 is an input with that value.
A branch that only assigns becomes a choice, if(c, a, b); a loop with constant bounds is written out. While loops,
recursion and branches that depend on the inputs are followed at the point: the derivative holds on that path, and the
answer says so. Such a program has no closed form: `diff` refuses it. --steps N bounds endless loops.
A long `for` loop whose rounds only assign (from 5000 operations on) is one node for eval, grad, jac, hess and their
products: its reverse sweep keeps checkpoints and runs the rounds between them again, in bounded memory, compiled where
the extra `fast` is there. It may have 1000 rounds for each of --steps, and read x[k], x[k-1] or x[n-k] of arrays by its
number k. Other commands show it written out.""",
    "dual": """\
a + b·ε is a dual number: ε² = 0, and f(a + bε) = f(a) + f'(a)bε, so that the part with ε is the derivative.
eps          the unit ε, a value like any other:  f(x + eps)   (f(x + eps) - f(x))/eps is f'(x)
dual(a, b)   a + b·ε;  dual(a, b, c) keeps ε² too (ε³ = 0), and so on to any order
real(u)      the part without ε;  part(u, k) the coefficient of ε^k
conj(u)      -ε in the place of ε: u*conj(u) has no ε, which is how quotients are made
Functions, programs, arrays and derivatives take them: sin(dual(2, 1)), f'(dual(2, 1)), diff(x^2*eps, x).
Conditions, loops and comparisons go by the real part; at a kink the answer follows `dcalc help kinks`.
A number without a real part has no inverse; but 0 + aε over 0 + bε is a/b, with one power of ε less.
eval EXPR --order N shows the powers up to ε^N: of f(x + eps) these are f, f', f''/2!, …
dcalc eval "exp((x + eps)^2)" --at x=1 --order 2
dcalc eval "x^2 + 3*x" --at "x=dual(2,1)"
grad, jac, hess, diff and the views of them take plain numbers. In Python: from dcalc import Dual.""",
    "point": """\
--at x=2,y=pi/2,v=[1,2]   values are expressions; a comma inside brackets belongs to the value.
--at W=@weights.npy       an array from a file, whose name is taken from the working directory: .npy, .npz
                          (W=@all.npz:name), .json (nested lists) or .csv (rows of numbers without a header line, a #
                          begins a comment; one row or one column is a vector, a single number is a number).
--at may be repeated. A name that is given and not used has derivative 0.
In a session x = 2 sets the point, and `at` stands for this line alone.""",
    "points": """\
eval, grad, jac, hess with --points FILE compute one expression at every row of a table.
FILE         .csv, .tsv (any usual separator, quotation marks, header line), .jsonl, .npy, .npz; with the extra `data`
             .parquet, .arrow (.feather); - is CSV on standard input
inputs       are the columns of their names; x[1], x[2], … are a vector, W[1,1], … a matrix, so are columns of lists.
             --rename "T (K)=T,p0=p" gives columns other names; columns without names (a matrix in .npy, a CSV without a
             header) are the inputs in order of appearance. --at gives what is the same in every row.
result       all columns as they were, "value" (or "value[1]", …), "d/dx" ("d value[1]/dx", "d2/dx dy"), and "status":
             ok, kink (as --at-kink has it), not finite, error, missing (an empty cell), no number
--out FILE   any of the kinds of tables, by the ending. Without it CSV (with --json JSONL) on standard output, on a
             terminal and in sessions a table of the first rows and the last.
Rows that fail cost the others nothing: they are counted on stderr, the first of them told with their place, and the
exit status is 1. A kink is no failure. Differentiated is in the columns; --wrt says otherwise.
Tables are read and written in pieces, so that they may be larger than the memory; rows keep their order. A CSV's cells
are carried through as texts, to Parquet too.
.npy, .npz   hold numbers alone, and "status" as a byte: 0 ok, 1 kink, 2 not finite, 3 error, 4 missing, 5 no number.
             .npz has an array for each column. .npy is a matrix where the columns of FILE have no names, as those of a
             matrix (N, n): float64 (N, k), value and derivatives in their order, without inputs and status (a row of an
             error is nan, and stderr tells how many there are); else an array of records with a field for each column.
interrupted  FILE appears when it is whole. Until then it grows in .FILE.dcalc-part, and .FILE.dcalc-journal says which
             parts of it are written; the same command with --resume goes on behind the last whole part, without it
             begins anew. Where FILE's points or the command have changed, --resume refuses.
Folders of files, and tables that many machines do: `dcalc help cluster`.""",
    "cluster": """\
eval, grad, jac, hess with --points TABLE --out FOLDER do a table in parts; TABLE may be a folder of files of one kind
(names that begin with . or _ are passed over), a pattern in quotation marks ('part-*.parquet'), or one file, which is
cut. Here this is done by threads; with --cluster by Dask (extra `cluster`):
--cluster tcp://HOST:8786   the scheduler of a cluster that is there (tls:// as Dask is set up)
--cluster local             a worker for each processor of this machine, for as long as it takes
FOLDER       part-000000.parquet, … in the order of TABLE, of the kind that its name's ending says, else of TABLE's
             (--format csv or json); _dcalc.jsonl, which says what was computed; _SUCCESS. It appears when it is whole,
             until then it is .FOLDER.dcalc-parts beside it. A result of dcalc is replaced, any other folder refused.
--resume     does the parts that are not there. Ctrl-C, a lost scheduler or a full disk leave what is done.
workers      have dcalc of the same version and see the same files under the same names: TABLE and FOLDER stand in a
             file system that all share. The expression is sent as text and compiled once by each process. If one lacks
             the extra `fast`, NumPy does all parts, and says so. What a lost worker had is done again by others.
numbers      are those of one process: all parts are computed by the same engine, whoever does them.
trust        Dask's protocol lets whoever reaches a scheduler run code on its workers, and a worker can send anything:
             use clusters that you trust, in a network that you trust (or Dask's TLS). dcalc hands over texts and
             numbers, and never makes Python of an expression.""",
    "kinks": """\
Where a function has no derivative the answer follows the lecture notes and says so:
  max(u, v)' = u'[u > v] + v'[u <= v]     min(u, v)' = u'[u < v] + v'[u >= v]
  relu' = [u >= 0]    abs' = sign with sign(0) = 0    floor, ceil, round, step, sign: 0
--at-kink left|right gives the one-sided derivative along each input, mean their average,
error refuses. Where no one-sided derivative exists the answer is nan: not determined.""",
    "python": """\
import dcalc
f = dcalc.function("x^2*sin(y)")        f(x=1, y=2)    f.grad(x=1, y=2)["x"]    f.jac  f.hess  f.diff("x")
f.inputs     the names of the inputs, in order of first appearance
forms        f.simplify()  f.expand()  f.factor()  f.collect("x")  f.subs(x="y + 1")  are functions, as f.diff("x") is
points       f.grad(points={"x": xs, "y": ys}): columns by name; an array (N, n), a column for each of f.inputs; a
             data frame; an Arrow table. What is the same everywhere goes beside: f.grad(points={"x": xs}, y=2)
             a.value, a["x"], numpy.asarray(a), a.columns, a.status, a.counts, a.errors, a.to_arrow()
calls        g = f.compile("grad"); g(1, 2): microseconds, numbers as IEEE 754 has them, without notes or errors
             "value", "grad", "value_and_grad", "jac", "hess"; wrt="x"; out= an array; numbers or arrays in the order
             of f.inputs. Threads may call it at the same time; calls with arrays wait for each other
orders       p = f.taylor(order=4, x=0.5, near={"x": 0.6}); p.coefficients, p.exact, p.polynomial, p.near, p.tensors
             t = f.taylor(order=20); t(0.5) are the coefficients in microseconds, without notes; along={"x": 1, "y": 2}
             float(f.deriv({"x": 2, "y": 1}, x=1, y=2)); f.jvp(v={"x": 1}, …), f.vjp(u=[1, 0], …), f.hvp(v=…, …)
descent      r = dcalc.descend(f, {"x": 0, "y": 1}, rate=0.1): r["x"], r.value, r.converged, r.why, r.kind, r.trace;
             data={"x": xs, "y": ys} sums f over rows; f.descend(x=0, y=1, how={"rate": 0.1}) is the same
again        f(x=1) and f.grad(x=1) keep what they prepared for inputs of these shapes
Errors are dcalc.DcalcError with kind, message, span and hint. Dual numbers: from dcalc import Dual.""",
    "json": """\
--json prints one object on a line: {"dcalc": 1, "kind": "grad", …}; 1 is the version of this form.
eval   "value" (nested lists for an array); "name" where it was bound to one
grad   "value", "wrt": ["x"], "derivative": {"x": 2.0} (nested lists of an array's shape), "backend", "work";
       of fd also "error_estimate", of the same form as "derivative"; "shapes": {"W": [3, 2]} where there are arrays
jac    the same; "derivative" is a list of rows, each {"x": …}, nested like the output
hess   the same; "derivative" is {"x": {"x": …, "y": …}, …}, or a list of those for a vector
jvp    "value", "v": the direction as given; "derivative" in the value's shape
vjp    "value", "u"; "derivative" by input, as grad's; hvp   the same with "v"
       --flat has "derivative": {"rows", "columns", "matrix"}, of hess with several outputs {"outputs", …, "matrices"}
       jac and hess --sparse: "sparse": true, "shape", "rows", "columns" (from 0), "values", "row_names",
       "column_names", "colours", "along" ("columns", "rows" or "both"), "work"
       --backend all has "backends": {"fd": {"derivative", "work"}, …}, "largest_difference",
       "agree", "disagreements" and "fd_not_compared" in place of one backend's answer
       of a dual number "kind": "dual", "dual": [a, b, …] in place of "value"
       with --points in a session "columns", "rows" (the first and the last), "counts": {status: how many}
diff   "wrt": [["x", "x"], …], "derivatives": [{"label", "formula"; "value" with --at}, …]; a long formula is a program
       that names its shared parts and can be read back, "t1 = sqrt(x^2 + 1); x/t1 + t1" (text: below, `where t1 = …`)
deriv  "orders": {"x": 2, "y": 1}, "value", "derivative" in the value's shape, "backend", "work",
       of fd "error_estimate"; --backend all has "backends": {"taylor": {"derivative", "work"}, …}, "agree",
       "disagreements"
taylor "variables" (components of inputs), "at", "order", "polynomial" (null where it is too long), "exact", "next",
       "coefficients": [{"powers": [2, 1], "value", "derivative"; "exact": "1/6"}, …]; "near": {"point", "value",
       "orders": [{"order", "term", "sum", "error"}, …], "lagrange"}; "tensors": [value, gradient, Hessian, …]
simplify, expand, factor, collect, subs   "formula", "operations": {"before", "after"}
trace  "mode", "subject", "names": "textbook" | "own", "seeds": ["x"], "steps": [{"name", "symbol", "formula",
       "value", "tangent_name", "tangent_formula", "tangent"}, …] with "own_name" of what is numbered; formulas are
       over the plain names and can be read back. --seed all has "tangents": {"x": …, "y": …}; matrix also "matrix";
       symbolic no numbers, but "with_seed". reverse, from the output back, has "adjoint_name", "adjoint" and
       "contributions": [{"from", "formula", "value", "taken"; "partial_formula", "partial"; "to": a part}, …]
plot   "variable", "expression", "x": [samples], "curves": [{"label", "component", "order", "formula", "values"}, …],
       "bends": [{"kind": "kink" | "jump" | "pole" | "vertical", "at", "curve", "left", "right": {"value", "slope"},
       "what"}, …], "undefined": [[from, to], …], "tangents": [{"curve", "at", "value", "slope"}, …], "window"
       kind "error-vs-h": "at", "derivative", "h": [steps], "schemes": {"forward": {"errors", "best_h", "best_error",
       "theory_h", "slope", "theory_slope", "round_off_slope"}, …}
graph  "mode" ("reverse", "forward" or null without numbers), "subjects": one for each pass, "outputs": [names],
       "nodes": [{"name", "symbol", "kind": "input" | "step", "operation", "formula", "shape", "value", "active",
       "kink"; "adjoint" or "tangent"}, …], "edges": [{"from", "to", "kind": "flow" | "choice" | "untaken", "formula",
       "partial"; "contribution"}, …]; of several passes adjoints and contributions are {subject: …}
cost   "inputs", "outputs", "methods": {"value": {"shared", "written_out"}, "symbolic": the same, "forward" and
       "reverse": {"passes", "work", "at_most"}, "fd": {"central": {"evaluations", "for_the_estimate"}, …}}; each work
       is {"operations", "flops"}; "chosen", "because"; "swell": {"value": {"tree", "graph"}, …}; where there are any
       "steps", "formulas", "each_input", "each_output", "chain": {"names", "sizes", "from_left", "from_right"}.
       Counts of more than 300 digits are words
engines  "engines": [{"name", "available", "what", "here"}, …]; of an expression "operations",
       "choices": [{"points", "engine", "because"}, …]
compare  "value", "rows", "columns", "methods": {"forward": {"derivative": one row for each output, "error", "runs",
       "operations", "flops", "nodes", "tree"; "seconds", "seconds_first"}, "fd central": …, or {"failure"}},
       "value_reference", "value_error", "reference" (texts of 50 digits or null); at a kink "kinks", "left",
       "right", and the error is "kink"
descend  "expression", "method", "rate", "converged", "ended" ("stopped", "steps", "diverged", "unbounded",
       "undefined", "interrupted"), "rule" (the stop rule that held), "why", "steps", "point": {"x": …}, "value",
       "gradient": {"x": …}, "verdict" ("minimum", "maximum", "saddle", "plateau", "degenerate", "kink", "slope": not
       stationary, "unknown"), "eigenvalues", "downhill": a direction; after a divergence "proposed": {"rate",
       "converges"}; of a table "rows", "mean", "batch_size", "shuffle_seed"; "trace": {"k": [steps], "loss", "grad",
       "step", "x": [[components], …], "labels"}: all steps up to 100000, else every so many ("every") and 1, 2, 5, …
check  "question" ("claim", "numbers", "backends"), "verdict" ("proven", "equal", "undecided", "wrong"; "right", "kink",
       "wrong", "unknown"; "agree", "disagree"). claim: "components": [{"label", "verdict", "right", "claim",
       "samples" (how many points told what); where wrong "counterexample": {"point", "yours", "right"}, "slip":
       {"kind", "message", "span", "text"}, "hints"; "at_point"}], "ranges": {"x": [from, to]}. numbers: "components":
       [{"label", "verdict", "yours", "right", "difference", "tolerance"; "slip", "left", "right_hand"}].
       backends: as --backend all
explain  "explanations": [{"label", "name", "wrt", "formula", "steps", "derivative"; "value", "held",
       "definitions"}, …]; a step has "derivative_of", "rule", "stage", "formula" (diff(e, x) is still to be taken;
       null for a giant), "rewrites": [{"rule", "subject", "before", "after"; "in_general", "with", "value", "note"},
       …];
       "products" of Jacobians: [{"factors", "product": {"of", "wrt", "shape", "formula"; "value"}, "definitions"}, …]
rules  "entry", as the table has it (max has two: an object each on a line); without a name "names"
assert  "condition", "holds": true; what does not hold is an error of kind assertion
run prints such an object for each result, a line each, and one for each failure; batch has a form of its own, see
`dcalc help batch`.
All have "notes": [{"kind", "message", …}] where there is something to say. inf and nan are the strings
"inf", "-inf", "nan". An error is the only object:
{"dcalc": 1, "error": {"kind", "message"; "hint"; "source", "span", "line", "column"; "also": more spans}}.""",
    "settings": """\
In a session `set NAME VALUE` holds from the next line on, `set NAME default` takes it back, `show settings` lists them.
For every session they stand in $XDG_CONFIG_HOME/dcalc/config.toml (else ~/.config/dcalc/config.toml):
  editing = "vi"        # or "emacs"
  digits = 6
  preview = false       # of what is on or off: true and false, or "on" and "off"
What is wrong there is told at the start, and the rest holds. Scripts and the command line do not read it.
The lines of init.dc beside it are run when a session starts; only failures are shown, with file:line:column.
The history is $XDG_STATE_HOME/dcalc/history (else ~/.local/state/dcalc/history); nobody else may read it.""",
    "keys": """\
Enter        ends a statement, or goes on with it while a bracket or a block is open; on an empty line it ends it
Alt-Enter    a new line in any case
Tab          the words that may stand here; Tab and the arrows choose, Enter takes
Right, Ctrl-E  takes the suggestion in grey
Up, Down, Ctrl-R  earlier lines; Ctrl-R searches in them
Ctrl-X Ctrl-E  the line in $VISUAL or $EDITOR (v in the normal mode of vi); `edit` takes the last one
Ctrl-C       drops the line, or stops what is being computed; Ctrl-D on an empty line leaves; Ctrl-L clears the screen
Below the line stand its value and gradient at the session's point, and what is wrong with it, marked in red.
set editing vi, set preview off, set validation off, set suggestions off, set mouse on: see `help settings`.""",
    "exit": """\
0    all well
1    a computation failed or the answer is no (domain, limit, backends disagree, an assertion, some jobs or rows)
2    the request could not be understood (syntax, name, arity, shape, usage)
70   an internal error
130  interrupted. Ctrl-C stops work within a second; in a terminal, longer work tells how far it is""",
}
