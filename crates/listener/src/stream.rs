//! The stream between a connection and the framework.

use crate::cut::Cut;
use crate::ending::Ending;
use crate::framing::{Framing, Step};
use crate::gone::{Gone, There};
use crate::patience::Patience;
use crate::refused::Refused;
use bytes::{Buf, BytesMut};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How long a connection that is closed on a client which still sends is read on: what is left unread would make the
/// kernel reset the connection, and the client might lose the answer.
const LINGER: Duration = Duration::from_secs(1);
/// How long a client may take no byte of an answer. One that reads a long answer by the page needs minutes now and then.
const STALL: Duration = Duration::from_mins(5);
/// How much is read at once of what has to be kept, in bytes.
const READ: usize = 8 * 1024;
/// The framework's word that a body may come.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection whose requests come one by one, each with a whole head that the framework accepts.
///
/// Bytes are read to where the framework wants them, and stay there. Only what it may not have yet, or not as it is, is
/// kept here first.
pub(crate) struct Stream<S> {
    inner: S,
    framing: Framing,
    /// What was read and not passed on.
    held: BytesMut,
    /// How much at the beginning of `held` goes on as it is.
    ready: usize,
    /// Who waits for the next request, which waits for the answer to the one before.
    reader: Option<Waker>,
    /// How long the head under way may take: the first one from the beginning, others from their first byte.
    head: Patience,
    /// Whether no head has come yet.
    is_new: bool,
    stall: Patience,
    linger: Patience,
    /// Whether the client was told that no more is sent.
    is_shut: bool,
    /// Until the client ends.
    there: Option<There>,
    ending: Rc<Ending>,
    /// What is left out of the answer under way.
    cut: Cut,
}

impl<S> Stream<S> {
    /// A connection whose heads may take so long each.
    pub(crate) fn new(inner: S, head: Duration) -> Self {
        Self {
            inner,
            framing: Framing::new(),
            held: BytesMut::new(),
            ready: 0,
            reader: None,
            head: Patience::new(head),
            is_new: true,
            stall: Patience::new(STALL),
            linger: Patience::new(LINGER),
            is_shut: false,
            there: Some(There::new()),
            ending: Rc::default(),
            cut: Cut::default(),
        }
    }

    /// What breaks off the answer under way.
    pub(crate) fn cut(&self) -> Cut {
        self.cut.clone()
    }

    /// When the client is gone; `None` where it is already.
    pub(crate) fn gone(&self) -> Option<Gone> {
        self.there.as_ref().map(There::gone)
    }

    pub(crate) fn ending(&self) -> Rc<Ending> {
        Rc::clone(&self.ending)
    }

    /// Says that nothing more is read; to the framework the client has ended.
    fn end(&mut self) -> Poll<io::Result<()>> {
        self.ending.end();
        self.held.clear();
        Poll::Ready(Ok(()))
    }

    /// Hands on what is ready.
    fn hand_on(&mut self, out: &mut ReadBuf<'_>) {
        let length = self.ready.min(out.remaining());
        out.put_slice(&self.held[..length]);
        self.held.advance(length);
        self.ready -= length;
        if self.held.is_empty() {
            // An idle connection keeps no memory for this.
            self.held = BytesMut::new();
        }
    }

    fn replace(&mut self, length: usize, with: &[u8]) {
        let rest = self.held.split_off(length);
        self.held = BytesMut::with_capacity(with.len() + rest.len());
        self.held.extend_from_slice(with);
        self.held.extend_from_slice(&rest);
        self.ready = with.len();
    }
}

impl<S: AsyncRead + Unpin> Stream<S> {
    /// Reads more into `held`; how much it was, and 0 at the end.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [const { MaybeUninit::uninit() }; READ];
        let mut more = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut more))?;
        if more.filled().is_empty() {
            self.there = None;
        }
        self.held.extend_from_slice(more.filled());
        Poll::Ready(Ok(more.filled().len()))
    }

    /// Passes on what is kept, once there is enough of it.
    fn poll_held(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.ready == 0 {
            let step = if self.held.is_empty() { Step::More } else { self.framing.step(&self.held) };
            match step {
                Step::Pass(length) => self.ready = length,
                Step::Replace(length, with) => {
                    self.replace(length, &with);
                    if self.framing.is_over() {
                        self.ending.end();
                    }
                }
                Step::Wait => {
                    self.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Step::Broken => {
                    // To the framework the body has broken off.
                    return self.end();
                }
                Step::More | Step::Discard => {
                    if step == Step::Discard {
                        self.held.clear();
                    }
                    if ready!(self.poll_more(cx))? == 0 {
                        return self.end();
                    }
                }
            }
        }
        self.hand_on(out);
        Poll::Ready(Ok(()))
    }

    /// Passes on what comes, as it is where that is right.
    fn poll_next(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.framing.is_broken() {
            return self.end();
        }
        if self.held.is_empty() {
            let start = out.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(cx, out))?;
            let fresh = &out.filled()[start..];
            if fresh.is_empty() {
                self.there = None;
            }
            let passed = self.framing.pass(fresh);
            self.held.extend_from_slice(&fresh[passed..]);
            out.set_filled(start + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            } else if self.held.is_empty() {
                return self.end();
            }
        }
        self.poll_held(cx, out)
    }

    /// Gives a head up that is not complete in time. A client that has not begun its first is owed no answer.
    fn poll_late(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.framing.awaits_head() || (self.held.is_empty() && !self.is_new) {
            self.head.renew();
            return Poll::Pending;
        }
        ready!(self.head.poll(cx));
        if self.held.is_empty() {
            return self.end();
        }
        let refused = self.framing.refuse(Refused::Slow);
        self.ending.end();
        self.replace(self.held.len(), refused);
        self.hand_on(out);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = match this.poll_next(cx, out) {
            Poll::Pending => this.poll_late(cx, out),
            read @ Poll::Ready(_) => {
                this.is_new = false;
                this.head.renew();
                read
            }
        };
        this.ending.read(this.framing.is_in_body());
        read
    }
}

impl<S: AsyncWrite + Unpin> Stream<S> {
    /// Writes what is not left out of the answer, and closes the connection after it.
    fn poll_cut(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = Pin::new(&mut self.inner);
        let admitted = &bytes[..self.cut.admits(bytes)];
        if admitted.is_empty() {
            ready!(inner.as_mut().poll_flush(cx))?;
            ready!(inner.poll_shutdown(cx))?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let sent = ready!(inner.poll_write(cx, admitted))?;
        self.cut.sent(&admitted[..sent]);
        Poll::Ready(Ok(sent))
    }

    /// What a write came to: one that waits does so for a while.
    fn until_stalled<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_pending() {
            ready!(self.stall.poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.stall.renew();
        written
    }

    /// An answer is on its way: the next request may follow, or none.
    fn answers(&mut self, cx: &mut Context<'_>) {
        self.framing.answered();
        if self.ending.is_over() && !self.framing.is_over() {
            self.framing.end();
            // The framework learns of the end when it reads.
            cx.waker().wake_by_ref();
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let rest = bytes.strip_prefix(CONTINUE);
        if rest.is_some_and(|answer| !answer.is_empty()) {
            // The answer is there already, and needs no more of the body (RFC 9110 section 10.1.1).
            return Poll::Ready(Ok(CONTINUE.len()));
        }
        let written = if this.cut.is_there() {
            this.poll_cut(cx, bytes)
        } else {
            Pin::new(&mut this.inner).poll_write(cx, bytes)
        };
        // A word that the body may come is no answer. Where a client takes no answers, its next requests wait as well.
        if rest.is_none() && written.is_ready() {
            this.answers(cx);
        }
        this.until_stalled(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(cx);
        this.until_stalled(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !this.is_shut {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            this.is_shut = true;
            if !this.framing.is_over() {
                return Poll::Ready(Ok(()));
            }
        }
        while let Ok(1..) = ready!(this.poll_more(cx)) {
            this.held.clear();
        }
        Poll::Ready(Ok(()))
    }
}
