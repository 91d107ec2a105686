"""Highlights HAProxy's configuration in fences ```haproxy, because Pygments does not know its language.

>>> register()
>>> [str(token) for token, text in lexers.get_lexer_by_name("haproxy").get_tokens("use_backend a if TRUE # why") if text.strip()]
['Token.Name.Function', 'Token.Text', 'Token.Operator.Word', 'Token.Text', 'Token.Comment']
"""
from pygments import lexers
from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Text

__all__ = ["HaproxyLexer"]
SECTIONS = ("acme", "backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "http-errors", "listen",
	"log-forward", "log-profile", "mailers", "peers", "program", "resolvers", "ring", "spoe-agent", "spoe-group",
	"spoe-message", "traces", "userlist")


class HaproxyLexer(RegexLexer):
	name = "HAProxy"
	aliases = ["haproxy"]
	tokens = {
		"root": [
			(r"\s*\n", Text),
			(r"[ \t]+", Text),
			(r"#.*", Comment),
			(r"(\[)([\w.:-]+)(\])(?=\s*(#.*)?$)", bygroups(Operator, Name.Namespace, Operator)),
			(words(SECTIONS, suffix=r"(?=\s|$)"), Keyword.Declaration, "line"),
			(r"(no|default)([ \t]+)([\w.-]+)", bygroups(Operator.Word, Text, Name.Function), "line"),
			(r"[\w.-]+", Name.Function, "line"),
			(r".", Text, "line"),
		],
		"line": [
			(r"\\\n", String.Escape),
			(r"\n", Text, "#pop"),
			(r"[ \t]+", Text),
			(r"#.*", Comment),
			(r"\\.", String.Escape),
			(r"'[^'\n]*'", String),
			(r'"', String, "quoted"),
			(r"%\[[^\]\n]*\]", String.Interpol),
			(r"(if|unless|or|\|\||!)(?=[\s{])", Operator.Word),
			(r"[{}]", Operator),
			(r"\d+(\.\d+)?(us|ms|s|m|h|d|k|M|G)?(?=[\s,)]|$)", Number),
			(r"(proc|sess|txn|req|res|check)\.[\w.]+", Name.Variable),
			(r"[^\s\\'\"#%{}()=,]+", Text),
			(r".", Text),
		],
		"quoted": [
			(r"\\.", String.Escape),
			(r"%\[[^\]\n\"]*\]|\$\{?\w+\}?", String.Interpol),
			(r'"', String, "#pop"),
			(r"\n", Text, "#pop:2"),
			(r'[^"\\%$\n]+|.', String),
		],
	}


def register():
	lexers.LEXERS["HaproxyLexer"] = (__name__, "HAProxy", ("haproxy",), (), ())
