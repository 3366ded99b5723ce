//! The types for TypeScript, and the calls for Node.

use super::schema::{Call, Named, Shape, Type};
use std::fmt::{Error, Write as _};

const HEAD: &str = "// The admin API's types, made from its description (/openapi.json); not written by hand.\n";
const CALLS: &str = "// The admin API's calls, made from its description (/openapi.json); not written by hand.\n\"use strict\";\n\n\
                     /** @type {Record<string, readonly [method: string, path: string]>} */\nmodule.exports = {\n";

pub(super) fn calls(calls: &[Call]) -> Result<String, Error> {
    let mut text = CALLS.to_owned();
    for call in calls {
        writeln!(text, "  /** {} */\n  {}: [{:?}, {:?}],", call.help, call.name, call.method, call.path)?;
    }
    Ok(text + "};\n")
}

pub(super) fn types(types: &[Named]) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    for named in types {
        text += "\n";
        comment(&mut text, "", &named.help)?;
        match &named.shape {
            Shape::Object(members) => {
                writeln!(text, "export interface {} {{", named.name)?;
                for member in members {
                    comment(&mut text, "  ", &member.help)?;
                    let optional = if member.required { "" } else { "?" };
                    writeln!(text, "  {}{optional}: {};", member.name, spell(&member.kind))?;
                }
                text += "}\n";
            }
            Shape::Other(kind) => writeln!(text, "export type {} = {};", named.name, spell(kind))?,
        }
    }
    Ok(text)
}

fn comment(text: &mut String, indent: &str, help: &str) -> Result<(), Error> {
    if !help.is_empty() {
        writeln!(text, "{indent}/** {help} */")?;
    }
    Ok(())
}

fn spell(kind: &Type) -> String {
    match kind {
        Type::Any => "unknown".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Text => "string".to_owned(),
        Type::Integer | Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Word(words) => words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" | "),
        Type::List(of) => match &**of {
            Type::Word(_) | Type::Either(_) => format!("({})[]", spell(of)),
            _ => format!("{}[]", spell(of)),
        },
        Type::Map(of) => format!("Record<string, {}>", spell(of)),
        Type::Named(name) => name.clone(),
        Type::Either(kinds) => kinds.iter().map(spell).collect::<Vec<_>>().join(" | "),
    }
}
