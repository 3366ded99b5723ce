//! The mix of requests, and what becomes of each.

use super::check::{Granted, Kind, granted};
use super::open_loop::{self, Arrival, Schedule};
use super::site::Site;
use super::tally::{Event, Tally, Verdict};
use super::wire::{Answer, Connections};
use crate::{codes, config};
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

/// What arrives in turn: each dialect has a quarter.
const MIX: [Kind; 8] = [
    Kind::Bits,
    Kind::BizzAssure,
    Kind::BrightHrApp,
    Kind::ScreeningEagleRefresh,
    Kind::Bits,
    Kind::BizzAssure,
    Kind::BrightHrRefresh,
    Kind::ScreeningEagleCode,
];
/// Refresh tokens to begin with, of each dialect that has them: far more than are in flight at a time.
const CHAINS: usize = 64;

const INVALID_GRANT: &[u8] = b"invalid_grant";
/// The user of both vendors that know users.
const USER: &str = "1302";

const BRIGHTHR: &str = "/brighthr/connect/token";
const SCREENINGEAGLE: &str = "/screeningeagle/api/id/v1/auth/token";

/// A refresh token that nobody is using.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    /// It was sent before, and the answer was lost: it may have been spent.
    is_doubtful: bool,
}

/// What there is to send.
pub(crate) struct Traffic {
    bits: Vec<String>,
    bizzassure: Vec<String>,
    app: String,
    brighthr: VecDeque<Token>,
    screeningeagle: VecDeque<Token>,
    /// Redemptions, each to be sent once.
    redemptions: VecDeque<String>,
    /// What no other answer may have.
    seen: HashSet<String>,
}

/// A request on its way.
struct Sent {
    kind: Kind,
    /// The client, or the user for whom it acts.
    whose: String,
    request: String,
    token: Option<Token>,
}

impl Traffic {
    /// What `requests` requests need.
    pub(crate) fn prepare(site: &Site, requests: usize) -> anyhow::Result<Self> {
        let (public, admin) = site.first();
        let chains = |mount, path, scope| -> anyhow::Result<VecDeque<Token>> {
            let codes = codes::mint(admin, mount, scope, CHAINS)?;
            let token = |request: &String| codes::token(public, request, "refresh_token").map(Token::fresh);
            config::redemptions(path, &codes).iter().map(token).collect()
        };
        let redeemed = requests.div_ceil(MIX.len()) + 1;
        let codes = codes::mint(admin, "screeningeagle", config::SCOPE, redeemed)?;
        Ok(Self {
            bits: config::bits(config::LIMITED),
            bizzassure: config::bizzassure_limited(),
            app: config::app(BRIGHTHR),
            brighthr: chains("brighthr", BRIGHTHR, "openid profile offline_access")?,
            screeningeagle: chains("screeningeagle", SCREENINGEAGLE, config::SCOPE)?,
            redemptions: config::redemptions(SCREENINGEAGLE, &codes).into(),
            seen: HashSet::new(),
        })
    }

    /// The request of that number; `None` where every refresh token or code is in use.
    fn next(&mut self, number: usize) -> (Kind, Option<Sent>) {
        let kind = MIX[number % MIX.len()];
        let turn = number / MIX.len() * 2 + number % MIX.len() / 4;
        let refresh = |token: Option<Token>, path| {
            let token = token?;
            let request = config::refreshes(path, std::slice::from_ref(&token.text)).pop()?;
            Some((request, USER.to_owned(), Some(token)))
        };
        let found = match kind {
            Kind::Bits => {
                let number = turn % self.bits.len();
                Some((self.bits[number].clone(), format!("client-{number}"), None))
            }
            Kind::BizzAssure => {
                let number = turn % self.bizzassure.len();
                Some((self.bizzassure[number].clone(), format!("limited-{number}"), None))
            }
            Kind::BrightHrApp => Some((self.app.clone(), "client-0".to_owned(), None)),
            Kind::BrightHrRefresh => refresh(self.brighthr.pop_front(), BRIGHTHR),
            Kind::ScreeningEagleRefresh => refresh(self.screeningeagle.pop_front(), SCREENINGEAGLE),
            Kind::ScreeningEagleCode => self.redemptions.pop_front().map(|request| (request, USER.to_owned(), None)),
        };
        (kind, found.map(|(request, whose, token)| Sent { kind, whose, request, token }))
    }

    /// Where a kind's refresh tokens wait.
    fn chain(&mut self, kind: Kind) -> &mut VecDeque<Token> {
        if kind == Kind::BrightHrRefresh { &mut self.brighthr } else { &mut self.screeningeagle }
    }

    /// Judges an answer and takes what it grants. `lost` says whether an error is on a connection to the killed
    /// replica.
    fn take(&mut self, sent: Sent, base: &str, answer: &std::io::Result<Answer>, lost: bool) -> Verdict {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Verdict::Wrong(format!("{}: no answer from nginx: {error}", sent.kind.name())),
        };
        let wrong = |why: String| Verdict::Wrong(format!("{}: {why}", sent.kind.name()));
        match (answer.status, sent.token) {
            (200, _) => match granted(sent.kind, &sent.whose, base, &answer.body) {
                Ok(found) => self.accept(sent.kind, found).map_or_else(wrong, |()| Verdict::Right),
                Err(why) => wrong(why),
            },
            (400, Some(token)) if token.is_doubtful && has_ended(&answer.body) => Verdict::RefusedAfterLoss,
            (502 | 504, token) if lost => {
                if let Some(token) = token {
                    // Next to be sent, so that its fate is seen.
                    self.chain(sent.kind).push_front(Token { is_doubtful: true, ..token });
                }
                Verdict::Lost
            }
            (status, _) => {
                let body = String::from_utf8_lossy(&answer.body);
                wrong(format!("{status} from {:?}: {}", answer.asked, body.chars().take(200).collect::<String>()))
            }
        }
    }

    fn accept(&mut self, kind: Kind, granted: Granted) -> Result<(), String> {
        for id in granted.ids {
            if let Some(id) = self.seen.replace(id) {
                return Err(format!("{id} was granted before"));
            }
        }
        if let Some(refresh) = granted.refresh {
            self.chain(kind).push_back(Token::fresh(refresh));
        }
        Ok(())
    }
}

/// Whether a refusal says that the refresh token is good no more.
fn has_ended(body: &[u8]) -> bool {
    body.windows(INVALID_GRANT.len()).any(|bytes| bytes == INVALID_GRANT)
}

impl Token {
    const fn fresh(text: String) -> Self {
        Self { text, is_doubtful: false }
    }
}

/// Sends the traffic to nginx as the schedule has it; `base` is what issuers begin with.
pub(crate) fn generate(
    traffic: Traffic,
    nginx: SocketAddr,
    base: &str,
    schedule: Schedule,
    tally: Tally,
) -> anyhow::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let state = Rc::new((RefCell::new(traffic), RefCell::new(tally), Connections::to(nginx), base.to_owned()));
    runtime.block_on(open_loop::run(schedule, |arrival| {
        let state = Rc::clone(&state);
        async move {
            let (traffic, tally, connections, base) = &*state;
            let event = one(arrival, traffic, tally, connections, base).await;
            tally.borrow_mut().note(event);
        }
    }));
    let state = Rc::into_inner(state).ok_or_else(|| anyhow::anyhow!("a request is still on its way"))?;
    Ok(state.1.into_inner())
}

async fn one(
    arrival: Arrival,
    traffic: &RefCell<Traffic>,
    tally: &RefCell<Tally>,
    connections: &Connections,
    base: &str,
) -> Event {
    let sent_at = Instant::now();
    let (kind, sent) = traffic.borrow_mut().next(usize::try_from(arrival.number).unwrap_or_default());
    let (verdict, asked) = match sent {
        Some(sent) => {
            let answer = connections.ask(sent.request.as_bytes()).await;
            let asked = answer.as_ref().map(|answer| answer.asked.clone()).unwrap_or_default();
            let lost = tally.borrow().is_on_the_killed(sent_at, &asked);
            (traffic.borrow_mut().take(sent, base, &answer, lost), asked)
        }
        None => (Verdict::Wrong(format!("{}: none left to send", kind.name())), Vec::new()),
    };
    Event { due: arrival.due, late: sent_at - arrival.due, latency: arrival.due.elapsed(), kind, verdict, asked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic() -> Traffic {
        Traffic {
            bits: vec!["b0".into(), "b1".into(), "b2".into()],
            bizzassure: vec!["z".into()],
            app: "a".into(),
            brighthr: VecDeque::from([Token::fresh("r".into())]),
            screeningeagle: VecDeque::new(),
            redemptions: VecDeque::new(),
            seen: HashSet::new(),
        }
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into(), asked: Vec::new() }
    }

    #[test]
    fn each_client_has_its_turn() {
        let mut traffic = traffic();
        let requests: Vec<_> = [0, 4, 8, 12].map(|n| traffic.next(n).1.unwrap().request).into();
        assert_eq!(requests, ["b0", "b1", "b2", "b0"]);
        assert!(traffic.next(3).1.is_none(), "no token");
    }

    #[test]
    fn a_token_whose_answer_was_lost_may_be_refused_once_and_no_other_may() {
        let mut traffic = traffic();
        let sent = traffic.next(6).1.unwrap();
        assert!(sent.request.contains("&refresh_token=r") && traffic.brighthr.is_empty());
        assert_eq!(traffic.take(sent, "g", &Ok(answer(502, "")), true), Verdict::Lost);
        let again = traffic.next(6).1.unwrap();
        let (token, whose) = (again.token.clone(), again.whose.clone());
        let other = Sent { kind: again.kind, whose, request: String::new(), token };
        assert!(matches!(traffic.take(other, "g", &Ok(answer(400, "invalid_request")), false), Verdict::Wrong(_)));
        assert_eq!(traffic.take(again, "g", &Ok(answer(400, "invalid_grant")), false), Verdict::RefusedAfterLoss);
        assert!(traffic.next(6).1.is_none());

        traffic.brighthr.push_back(Token::fresh("s".into()));
        let sent = traffic.next(6).1.unwrap();
        assert!(matches!(traffic.take(sent, "g", &Ok(answer(400, "invalid_grant")), false), Verdict::Wrong(_)));
    }

    #[test]
    fn an_error_elsewhere_and_a_token_seen_before_are_wrong() {
        let mut traffic = traffic();
        for status in [500, 502, 503] {
            let sent = traffic.next(0).1.unwrap();
            assert!(matches!(traffic.take(sent, "g", &Ok(answer(status, "")), false), Verdict::Wrong(_)), "{status}");
        }
        let sent = traffic.next(0).1.unwrap();
        assert!(
            matches!(traffic.take(sent, "g", &Ok(answer(503, "")), true), Verdict::Wrong(_)),
            "a replica's own answer"
        );
        let granted = || Granted { ids: vec!["id".into()], refresh: None };
        assert_eq!(traffic.accept(Kind::Bits, granted()), Ok(()));
        assert!(traffic.accept(Kind::BizzAssure, granted()).unwrap_err().contains("before"));
    }
}
