//! The description of every call (`OpenAPI` 3.1).

use crate::Problem;
use crate::operation::{About, Kind, Query};
use crate::operations::ALL;
use crate::rules;
use crate::shape::{Named, Shape};
use serde_json::Value;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, RefOr,
    Required, ResponseBuilder, Schema,
};

/// The document, made of [`ALL`].
pub fn document() -> Value {
    let mut document = serde_json::to_value(typed()).unwrap_or_default();
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        let refused = rules::refused(name);
        if !refused.is_empty() {
            schema["allOf"] = refused.into();
        }
    }
    document
}

fn typed() -> OpenApi {
    let mut named = Named::new();
    let mut paths = Paths::new();
    for call in ALL {
        paths.add_path_operation(call.path, vec![method(call.method)], operation(call, &mut named));
    }
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0"));
    let info = InfoBuilder::new()
        .title("IdP Gateway admin API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Looks at a running gateway and changes it: clients, users, their tokens, settings, keys, codes, the clock \
             and forced outcomes. Every failure is a problem (RFC 9457) with a remedy.",
        ))
        .license(Some(license.build()));
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A token of admin.token, admin.token_file or [[admin.tokens]] that has the right which the call needs; where none is \
         configured the API answers on loopback alone.",
    ));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(named)
        .security_scheme("token", SecurityScheme::Http(scheme.build()));
    let token = SecurityRequirement::new::<_, _, String>("token", []);
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([token, SecurityRequirement::default()]))
        .build()
}

fn method(name: &str) -> HttpMethod {
    match name {
        "PUT" => HttpMethod::Put,
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(call: &About, named: &mut Named) -> OperationBuilder {
    let placeholders = call.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<_> = placeholders
        .map(path_parameter)
        .chain(call.query.iter().map(query_parameter))
        .chain(call.namespace().iter().map(query_parameter))
        .collect();
    let body =
        contents(call.body, named).into_iter().fold(None, |body: Option<RequestBodyBuilder>, (media, content)| {
            Some(body.unwrap_or_default().required(Some(Required::True)).content(media, content))
        });
    let problem = ContentBuilder::new().schema(Some(Problem::schema(named))).build();
    let failure =
        ResponseBuilder::new().description("A failure, with its remedy.").content("application/problem+json", problem);
    let success = ResponseBuilder::new().description("It is done.");
    let success = contents(call.answer, named).into_iter().fold(success, |all, (media, one)| all.content(media, one));
    let status = if call.has_answer() { "200" } else { "204" };
    OperationBuilder::new()
        .tag(call.section.to_lowercase())
        .operation_id(Some(call.name.to_lowercase()))
        .summary(Some(call.summary()))
        .description(Some(format!("{} It needs the right `{}`.", call.help(), call.right.as_str())))
        .parameters((!parameters.is_empty()).then_some(parameters))
        .request_body(body.map(RequestBodyBuilder::build))
        .response(status, success)
        .response("default", failure)
}

fn contents(kind: Kind, named: &mut Named) -> Vec<(&'static str, Content)> {
    let mut schema = |media: &str| match media {
        "application/x-ndjson" | "application/jsonl" | "text/csv" => RefOr::T(text()),
        _ => (kind.schema)(named),
    };
    let content = |media: &&'static str| (*media, ContentBuilder::new().schema(Some(schema(media))).build());
    kind.media.iter().map(content).collect()
}

/// What is no JSON.
fn text() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn path_parameter(name: &str) -> Parameter {
    let help = match name {
        "mount" => "The mount's name.",
        "sub" => "The user's subject identifier.",
        _ => "The identifier.",
    };
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).pattern(Some(rules::PRINTABLE));
    parameter(name, ParameterIn::Path, help, text.into())
}

fn query_parameter(query: &Query) -> Parameter {
    parameter(query.name, ParameterIn::Query, query.help, (query.schema)())
}

fn parameter(name: &str, place: ParameterIn, help: &str, schema: Schema) -> Parameter {
    let is_required = if place == ParameterIn::Path { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(is_required);
    parameter.description(Some(help)).schema(Some(schema)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_call_has_its_parameters_body_failure_and_a_name_of_its_own() {
        let document = document();
        let mut names = BTreeSet::new();
        for about in ALL {
            let call = &document["paths"][about.path][about.method.to_lowercase()];
            assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{call}");
            assert_eq!(call["requestBody"].is_object(), about.has_body(), "{about:?}");
            let parameters = call["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(
                parameters,
                about.path.matches('{').count() + about.query.len() + usize::from(about.namespace().is_some()),
                "{about:?}"
            );
            assert!(call["responses"]["default"]["content"]["application/problem+json"].is_object());
            assert!(call["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{call}");
        }
        assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        assert_eq!(document["security"], serde_json::json!([{ "token": [] }, {}]));
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let document = document();
        let text = document.to_string();
        let named: BTreeSet<_> =
            text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(named.contains("#/components/schemas/ClientSpec") && named.len() > 8, "{named:?}");
        for reference in named {
            assert!(document.pointer(&reference[1..]).is_some_and(Value::is_object), "{reference}");
        }
    }
}
