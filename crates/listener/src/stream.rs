//! The stream between a connection and the framework.

use crate::cut::Cut;
use crate::framing::{Framing, Step};
use crate::gone::{Gone, There};
use bytes::{Buf, BytesMut};
use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a connection that is closed on a client which still sends is read on: what is left unread would make the
/// kernel reset the connection, and the client might lose the answer.
const LINGER: Duration = Duration::from_secs(1);
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
    linger: Option<Pin<Box<Sleep>>>,
    /// Until the client ends.
    there: Option<There>,
    /// Whether nothing more is read: the answer to what has been read is the last one.
    over: Rc<Cell<bool>>,
    /// What is left out of the answer under way.
    cut: Cut,
}

impl<S> Stream<S> {
    pub(crate) fn new(inner: S) -> Self {
        let (framing, held, there, over) = (Framing::new(), BytesMut::new(), Some(There::new()), Rc::default());
        Self { inner, framing, held, ready: 0, reader: None, linger: None, there, over, cut: Cut::default() }
    }

    /// What breaks off the answer under way.
    pub(crate) fn cut(&self) -> Cut {
        self.cut.clone()
    }

    /// When the client is gone; `None` where it is already.
    pub(crate) fn gone(&self) -> Option<Gone> {
        self.there.as_ref().map(There::gone)
    }

    pub(crate) fn over(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.over)
    }

    /// Says that nothing more is read; to the framework the client has ended.
    fn end(&mut self) -> Poll<io::Result<()>> {
        self.over.set(true);
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
                    self.over.set(self.framing.is_over());
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
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held.is_empty() {
            let start = out.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(cx, out))?;
            let fresh = &out.filled()[start..];
            if fresh.is_empty() {
                this.there = None;
            }
            let passed = this.framing.pass(fresh);
            this.held.extend_from_slice(&fresh[passed..]);
            out.set_filled(start + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            } else if this.held.is_empty() {
                return this.end();
            }
        }
        this.poll_held(cx, out)
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
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // A word that the body may come is no answer; the answer may follow it at once.
        if !bytes.strip_prefix(CONTINUE).unwrap_or(bytes).is_empty() {
            this.framing.answered();
            if let Some(reader) = this.reader.take() {
                reader.wake();
            }
        }
        if this.cut.is_there() {
            return this.poll_cut(cx, bytes);
        }
        Pin::new(&mut this.inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            if !this.framing.is_over() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = this.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if linger.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        while let Ok(1..) = ready!(this.poll_more(cx)) {
            this.held.clear();
        }
        Poll::Ready(Ok(()))
    }
}
