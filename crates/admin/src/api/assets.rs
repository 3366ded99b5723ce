//! The console's files, for browsers. They hold nothing of the gateway, so they need no token: what the page shows it asks
//! the API for, with one.

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use console::{Asset, POLICY};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The file that a request is for; `None` where it is for the API.
pub(super) fn find(request: &HttpRequest) -> Option<&'static Asset> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    is_read.then(|| console::find(request.uri().path())).flatten()
}

/// Gives the file, unless the browser has it.
pub(super) fn respond(request: &HttpRequest, asset: &'static Asset) -> HttpResponse {
    let names = |header: HeaderName, wanted: &str| {
        let values = request.headers().get_all(header).filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|one| one.split(';').next().unwrap_or_default().trim() == wanted)
    };
    let is_known = names(IF_NONE_MATCH, asset.etag) || names(IF_NONE_MATCH, &format!("W/{}", asset.etag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, asset.etag))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((RESOURCE_POLICY, "same-origin"))
        .insert_header((OPENER_POLICY, "same-origin"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY));
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, asset.media()));
    if names(ACCEPT_ENCODING, "gzip") {
        return response.insert_header((CONTENT_ENCODING, "gzip")).body(asset.gzip);
    }
    response.body(asset.plain)
}
