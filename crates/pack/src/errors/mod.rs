//! The answers to what is refused: rows of a table, the nearest of which that says something is heard.

mod case;
mod row;

pub(crate) use case::{Case, INVALID_GRANT, KINDS, is_of_resource, rests_on};

use crate::answer::{Head, accepts};
use crate::base::Base;
use crate::exchange::Place as ExchangePlace;
use crate::file;
use crate::source::Faults;
use crate::template::Values;
use crate::template::names::Source;
use crate::template::value::Filling;
use dialect::respond::reason_phrase;
use dialect::{Context, PathPattern, Route, WireResponse};
use grant::RefusalKind;
use row::{Row, Word};
use std::sync::LazyLock;

/// The table of one kind of endpoint, over that of the base.
#[derive(Clone, Debug)]
pub(crate) struct Errors {
    own: Row,
    base: &'static Row,
    is_resource: bool,
}

/// The rows of a base: those of token endpoint and resource.
struct Rows {
    token: Row,
    resource: Row,
}

impl Rows {
    fn of(base: Base) -> &'static Self {
        static OAUTH: LazyLock<Rows> = LazyLock::new(|| Rows::read(Base::OAuth));
        static OPENID: LazyLock<Rows> = LazyLock::new(|| Rows::read(Base::OpenId));
        match base {
            Base::OAuth => &OAUTH,
            Base::OpenId => &OPENID,
        }
    }

    fn read(base: Base) -> Self {
        Self { token: of_base(base, "errors"), resource: of_base(base, "resource_errors") }
    }
}

fn of_base(base: Base, key: &str) -> Row {
    let mut faults = Faults::default();
    let table = base.table().get(key).and_then(|table| table.get_ref().as_table().cloned());
    let file: file::Row = crate::source::read(table.unwrap_or_default(), &[key], &mut faults);
    Row::of(&file, &Row::default(), &[key], &mut faults)
}

impl Errors {
    /// The answers at the endpoints that take credentials.
    pub(crate) fn of_token(file: &file::Row, base: Base, faults: &mut Faults) -> Self {
        let base = &Rows::of(base).token;
        Self { own: Row::of(file, base, &["errors"], faults), base, is_resource: false }
    }

    /// The answers at a resource.
    pub(crate) fn of_resource(file: &file::Row, base: Base, faults: &mut Faults) -> Self {
        let base = &Rows::of(base).resource;
        Self { own: Row::of(file, base, &["resource_errors"], faults), base, is_resource: true }
    }

    /// Whether the pack itself has a row for a kind or its case.
    pub(crate) fn has_own(&self, kind: &str) -> bool {
        self.own.row(kind).is_some()
    }

    /// The kinds that endpoints with these routes tell and for which the pack has no words: neither a row nor one of the table's own.
    pub(crate) fn without_words(&self, routes: &[Route]) -> Vec<&'static str> {
        let is_silent = |kind: &&str| !self.has_own(kind) && !self.has_own(case::instead_of(kind));
        let is_told = |kind: &&str| {
            if self.is_resource { case::is_of_resource(kind) } else { case::is_of_token(kind, routes) }
        };
        case::KINDS.iter().map(|(kind, ..)| *kind).filter(is_told).filter(is_silent).collect()
    }

    /// The answer to a refusal of that kind.
    pub(crate) fn encode(&self, kind: &RefusalKind, context: &Context<'_>, patterns: &[PathPattern]) -> WireResponse {
        let case = if self.is_resource { Case::at_resource(kind) } else { Case::of(kind, context.asked) };
        let chain = self.chain(&case);
        let nearest = |of: fn(&Row) -> Option<u16>| chain.iter().find_map(|row| of(row));
        let status = nearest(|row| row.status).unwrap_or(400);
        let place = ExchangePlace { context, patterns };
        let values = Refused { case: &case, chain: &chain, status, place };
        let mut response = WireResponse::empty(status);
        let accepted = accepts(context).and_then(|accept| {
            let named = chain.iter().flat_map(|row| &row.accept).find(|(media, _)| accept.contains(&**media));
            named.map(|(_, head)| head)
        });
        let (media, body) = match accepted {
            Some(Head { content_type, body }) => (Some(*content_type), Some(body)),
            None => (chain.iter().find_map(|row| row.content_type), chain.iter().find_map(|row| row.body.as_ref())),
        };
        if let Some(body) = body {
            response.body = body.bytes(&values);
        }
        if let Some(media) = media.filter(|media| !media.is_empty() && !response.body.is_empty()) {
            response.headers.push(("Content-Type", media.into()));
        }
        // From the farthest: a nearer row's header takes the place of another's.
        for (name, text) in chain.iter().rev().flat_map(|row| &row.headers) {
            response.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            response.headers.extend(text.header(name, &values));
        }
        response
    }

    /// The rows that may answer, the nearest first.
    fn chain<'e>(&'e self, case: &Case<'_>) -> Vec<&'e Row> {
        let instead = case::instead_of(case.kind);
        let mut chain = Vec::with_capacity(10);
        for table in [&self.own, self.base] {
            for kind in [case.kind, instead] {
                let Some(row) = table.row(kind) else { continue };
                let of_case = row.row(case.which);
                chain.extend(of_case.and_then(|row| row.row(case.inner())));
                chain.extend(of_case);
                chain.push(row);
            }
            chain.push(table);
        }
        chain
    }
}

/// What fills the answer to a refusal.
struct Refused<'a> {
    case: &'a Case<'a>,
    chain: &'a [&'a Row],
    status: u16,
    place: ExchangePlace<'a>,
}

impl Values for Refused<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        let text = |text| Some(text).filter(|text: &&str| !text.is_empty());
        match source {
            Source::Word(name) => {
                let word = self.chain.iter().find_map(|row| row.word(name));
                word.map_or(Filling::Absent, |word| match word {
                    Word::Text(template) => Filling::Text(template.text(self)),
                    Word::Data(value) => value.into(),
                })
            }
            Source::Kind => self.case.kind.into(),
            Source::Status => Filling::Int(self.status.into()),
            Source::Reason => reason_phrase(self.status).into(),
            Source::Field => text(self.case.field).into(),
            Source::Scope => text(self.case.scope).into(),
            Source::Interval => self.case.interval.map_or(Filling::Absent, |wait| Filling::Int(wait.0)),
            Source::RetryAfter => self.case.retry_after.map_or(Filling::Absent, |wait| Filling::Int(wait.0)),
            Source::ClientId => match self.place.context.asked.client() {
                Some(client) => grant::Echo::from(client.into_owned()).as_str().to_owned().into(),
                None => Filling::Absent,
            },
            source => self.place.value(source),
        }
    }

    fn has_scope(&self, _: &str) -> bool {
        false
    }
}
