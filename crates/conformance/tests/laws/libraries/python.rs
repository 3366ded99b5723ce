//! The types and calls for Python.

use super::schema::{Call, Member, Named, Shape, Type};
use std::fmt::{Error, Write as _};

const HEAD: &str = r#""""The admin API's calls and types, made from its description (/openapi.json); not written by hand."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, NotRequired, TypedDict


class Call(NamedTuple):
    """A call: its method and its path."""

    method: str
    path: str

    def url(self, *names: str) -> str:
        """The path with names, percent-encoded already, in the places of its parameters."""
        left = iter(names)
        return "/".join(next(left) if part.startswith("{") else part for part in self.path.split("/"))

"#;

/// What Python has words for.
const WORDS: [&str; 4] = ["pass", "from", "with", "is"];

pub(super) fn render(calls: &[Call], types: &[Named]) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    for call in calls {
        writeln!(text, "\n{} = Call({:?}, {:?})\n\"\"\"{}\"\"\"", call.name, call.method, call.path, call.help)?;
    }
    for named in types {
        text += "\n\n";
        match &named.shape {
            Shape::Object(members) if members.iter().any(|member| WORDS.contains(&&*member.name)) => {
                writeln!(text, "{name} = TypedDict(\n    {name:?},\n    {{", name = named.name)?;
                for member in members {
                    writeln!(text, "        {:?}: {:?},", member.name, annotation(member))?;
                }
                writeln!(text, "    }},\n)\n\"\"\"{}\"\"\"", named.help)?;
            }
            Shape::Object(members) => {
                writeln!(text, "class {}(TypedDict):\n    \"\"\"{}\"\"\"\n", named.name, described(named))?;
                for member in members {
                    writeln!(text, "    {}: {}", member.name, annotation(member))?;
                    if !member.help.is_empty() {
                        writeln!(text, "    \"\"\"{}\"\"\"", member.help.replace('\\', "\\\\"))?;
                    }
                }
            }
            Shape::Other(kind) => writeln!(text, "{} = {}\n\"\"\"{}\"\"\"", named.name, spell(kind), named.help)?,
        }
    }
    Ok(text)
}

fn described(named: &Named) -> &str {
    if named.help.is_empty() { &named.name } else { &named.help }
}

fn annotation(member: &Member) -> String {
    let kind = spell(&member.kind);
    if member.required { kind } else { format!("NotRequired[{kind}]") }
}

fn spell(kind: &Type) -> String {
    match kind {
        Type::Any => "Any".to_owned(),
        Type::Null => "None".to_owned(),
        Type::Text => "str".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Word(words) => {
            format!("Literal[{}]", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "))
        }
        Type::List(of) => format!("list[{}]", spell(of)),
        Type::Map(of) => format!("dict[str, {}]", spell(of)),
        Type::Named(name) => name.clone(),
        Type::Either(kinds) => kinds.iter().map(spell).collect::<Vec<_>>().join(" | "),
    }
}
