//! The endpoint at which devices without a browser are given their codes (RFC 8628), as a pack has it.

use crate::answer::Answer;
use crate::exchange::Place as ExchangePlace;
use crate::fields::Fields;
use crate::file::{self, File};
use crate::names_of::{names, own_name};
use crate::request::TokenReader;
use crate::source::Faults;
use crate::template::Values;
use crate::template::names::{Place, Source};
use crate::template::value::Filling;
use dialect::authorize::with_query;
use dialect::{PageRoutes, PathPattern, Route, WireRequest, WireResponse, intern};
use grant::{DeviceReply, DeviceRequest, GrantType, Refusal, Scopes};
use openid_connect::{Parts, encode};

/// How the request is read, and its answer written.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    scope: &'static str,
    /// The pack's own answer.
    pub(crate) answer: Option<Answer>,
    /// The pages, that at which a user types the code among them.
    pub(crate) pages: PageRoutes,
}

impl Device {
    /// The endpoint that a file describes.
    pub(crate) fn of(file: &File, routes: &[Route], faults: &mut Faults) -> Self {
        let file::DeviceAuthorization { path, page, answer, .. } = &file.device_authorization;
        let key = "device_authorization";
        let grants = &file.token.grants;
        if path.0.is_empty() && grants.iter().any(|grant| grant == GrantType::DeviceCode.as_str()) {
            let message = "has none, and `token.grants` has the device code: write where a device gets its codes";
            faults.add(&[key, "path"], message);
        }
        if let Some(why) = crate::routes::misfit(page) {
            faults.add(&[key, "page"], format!("`{}` {why}", page.escape_debug()));
        } else if PathPattern::is_one(page) || routes.iter().any(|route| route.path == page) {
            faults.add(
                &[key, "page"],
                format!("`{page}` is an endpoint's path, or varies; give the page one of its own"),
            );
        }
        let answer = answer.is_said().then(|| Answer::of(answer, None, Place::Device, &[key, "answer"], faults));
        let names = names(&file.device_authorization.names, &["scope"], &[key, "names"], faults);
        Self {
            scope: own_name(&names, "scope"),
            answer,
            pages: PageRoutes { device: Some(intern(page)), ..Parts::PAGES },
        }
    }

    /// Whether the request is the standard's.
    pub(crate) fn is_asked_as_usual(&self) -> bool {
        self.scope == "scope"
    }

    /// A device's request. Its client stands where the token endpoint has it.
    pub(crate) fn read(
        &self,
        request: &WireRequest<'_>,
        reader: &TokenReader,
        catalogue: &Scopes,
    ) -> Result<DeviceRequest, Refusal> {
        let fields = Fields::read(request, &reader.carriers)?;
        let client = reader.client(request, &fields)?;
        Ok(DeviceRequest { client, scopes: reader.scopes(&fields, self.scope, catalogue) })
    }

    /// The codes.
    pub(crate) fn answer(&self, reply: &DeviceReply, place: ExchangePlace<'_>) -> WireResponse {
        match &self.answer {
            Some(answer) => answer.encode(&Given { reply, place, pages: &self.pages }, place.context),
            None => encode::device(reply, place.context.issuer, self.pages.device),
        }
    }
}

/// What fills the answer.
struct Given<'a> {
    reply: &'a DeviceReply,
    place: ExchangePlace<'a>,
    pages: &'a PageRoutes,
}

impl Values for Given<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let uri = || {
            let issuer = self.place.context.issuer.trim_end_matches('/');
            format!("{issuer}{}", self.pages.device.unwrap_or_default())
        };
        match source {
            Source::DeviceCode => self.reply.device_code.as_str().into(),
            Source::UserCode => (&*self.reply.user_code).into(),
            Source::ExpiresIn => Filling::Int(self.reply.expires_in.0),
            Source::Interval => Filling::Int(self.reply.interval.0),
            Source::VerificationUri => uri().into(),
            Source::VerificationUriComplete => with_query(&uri(), &[("user_code", Some(&self.reply.user_code))]).into(),
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, _: &str) -> bool {
        false
    }
}
