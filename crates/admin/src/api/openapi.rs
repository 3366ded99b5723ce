//! The description of every call (`OpenAPI` 3.1).

use super::Call;
use super::reply::Answer;
use super::{clients, clock, codes, journal, keys, metrics, mounts, pats, reset, scenarios, users};
use admin_api::Problem;
use std::sync::LazyLock;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "IdP Gateway admin API",
        description = "Looks at a running gateway and changes it: clients, users, their tokens, settings, keys, codes, \
                       the clock and forced outcomes. Every failure is a problem (RFC 9457) with a remedy.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        mounts::list_mounts,
        mounts::get_mount,
        mounts::change_settings,
        clients::list_clients,
        clients::get_client,
        clients::put_client,
        clients::delete_client,
        users::list_users,
        users::get_user,
        users::put_user,
        users::delete_user,
        pats::list_pats,
        pats::make_pat,
        pats::revoke_pat,
        keys::get_jwks,
        keys::list_keys,
        keys::rotate_key,
        keys::forget_key,
        codes::issue_code,
        clock::get_clock,
        clock::set_clock,
        clock::delete_clock,
        clock::advance_clock,
        scenarios::list_scenarios,
        scenarios::add_scenario,
        scenarios::delete_scenarios,
        scenarios::delete_scenario,
        journal::read_journal,
        journal::clear_journal,
        reset::reset,
        metrics::get_metrics,
        get_openapi,
    ),
    components(schemas(Problem)),
    modifiers(&Common),
)]
struct Document;

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| dialect::respond::json_bytes(&Document::openapi()));

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "description", responses((status = 200, body = Object, description = "An OpenAPI document.")))]
pub(super) fn get_openapi(_: &Call) -> Answer {
    Answer::Json(DOCUMENT.clone())
}

/// What all calls have in common: path and page parameters, the failure, the token.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                complete(path, operation);
            }
        }
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "The configured admin.token or admin.token_file; without one the API answers on loopback alone.",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
        let token = SecurityRequirement::new::<_, _, String>("token", []);
        document.security = Some(vec![token, SecurityRequirement::default()]);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn complete(path: &str, operation: &mut Operation) {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = names.map(path_parameter).collect();
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let is_list = ["list_clients", "list_users"].contains(&id);
    if is_list || id == "read_journal" {
        let number = SchemaFormat::KnownFormat(KnownFormat::Int32);
        let limit = ObjectBuilder::new().schema_type(Type::Integer).format(Some(number));
        let limit = limit.minimum(Some(1)).maximum(Some(1000)).default(Some(100.into()));
        parameters.push(query_parameter("limit", "How many entries at most.", limit));
    }
    let text = || ObjectBuilder::new().schema_type(Type::String);
    if is_list {
        parameters.push(query_parameter("after", "`next` of the page before.", text()));
    }
    if id == "read_journal" {
        for (name, description) in [
            ("mount", "The mount's name."),
            ("endpoint", "The endpoint or page."),
            ("client_id", "The client that the requests name."),
            ("id", "The request's id."),
            ("reference", "The id, where the error page told it."),
        ] {
            parameters.push(query_parameter(name, description, text()));
        }
    }
    operation.parameters = (!parameters.is_empty()).then(|| parameters.into_iter().map(RefOr::T).collect());
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let failure =
        ResponseBuilder::new().description("A failure, with its remedy.").content("application/problem+json", problem);
    operation.responses.responses.insert("default".to_owned(), RefOr::T(failure.build()));
}

fn path_parameter(name: &str) -> Parameter {
    let description = match name {
        "mount" => "The mount's name.",
        "sub" => "The user's subject identifier.",
        _ => "The identifier.",
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(Schema::Object(ObjectBuilder::new().schema_type(Type::String).build())))
        .build()
}

fn query_parameter(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(Schema::Object(schema.build())))
        .build()
}

#[cfg(test)]
mod tests {
    use super::super::routes::ROUTES;
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn document() -> Value {
        serde_json::from_slice(&DOCUMENT).unwrap()
    }

    #[test]
    fn what_is_served_is_documented_and_nothing_else() {
        let served: BTreeSet<_> =
            ROUTES.iter().map(|route| (route.method.to_ascii_lowercase(), route.path.to_owned())).collect();
        assert_eq!(served.len(), ROUTES.len(), "two routes are the same");
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let documented: BTreeSet<_> = paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone())))
            .collect();
        assert_eq!(documented, served);
    }

    #[test]
    fn each_call_has_its_parameters_body_failure_and_a_name_of_its_own() {
        let document = document();
        let mut names = BTreeSet::new();
        for route in ROUTES {
            let call = &document["paths"][route.path][route.method.to_ascii_lowercase()];
            assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{call}");
            assert_eq!(call["requestBody"].is_object(), route.has_body, "{} {}", route.method, route.path);
            let parameters = call["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(parameters, route.path.matches('{').count() + route.query.len(), "{}", route.path);
            assert!(call["responses"]["default"]["content"]["application/problem+json"].is_object());
            assert!(call["summary"].is_string(), "{call}");
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
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
    }
}
