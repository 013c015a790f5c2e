//! Mail, handed over to the configured server by SMTP: only here is `lettre` named. What a mail says is `staff::emails`'.
//!
//! A page waits for the server only so long; the sending itself goes on in a task of its own, within a bound. What a
//! server says is never repeated: it may quote the mail, and with it a link that signs somebody in.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters, TlsParametersBuilder};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::config::{Encryption, MailSettings, Settings, root_certificates};
use crate::domain::email::Email;
use crate::domain::time::Timestamp;

/// So many mails may be under way at once; one more fails at once.
const MAX_CONCURRENT: usize = 16;
/// How long sending one may take in all.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// One mail to one person, in plain text.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// To whom.
    pub to: Email,
    /// Name of the recipient.
    pub name: String,
    /// Subject of the mail.
    pub subject: &'static str,
    /// Text of the mail, in lines.
    pub text: String,
    /// When it is written.
    pub at: Timestamp,
}

/// Outcome of a mail while a page waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server took it.
    Accepted,
    /// It is not sent.
    Failed(Failure),
    /// The server has not answered yet: it may still be sent.
    Pending,
}

/// Why a mail was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server refused it for good, with this code.
    #[error("The mail server refused it ({0}).")]
    Refused(u16),
    /// The server would take it later, with this code.
    #[error("The mail server does not take it now ({0}).")]
    TemporarilyRefused(u16),
    /// The server does not know the portal's user or password, with this code.
    #[error(
        "The mail server did not let the portal sign in ({0}). Whoever runs the portal must look at PORTAL_SMTP_URL."
    )]
    Login(u16),
    /// The way to the server could not be encrypted.
    #[error("The connection to the mail server could not be encrypted.")]
    Tls,
    /// The server did not answer, or hung up.
    #[error("The mail server could not be reached, or hung up.")]
    Unreachable,
    /// It took longer than is waited for.
    #[error("The mail server took too long.")]
    Timeout,
    /// The server lacks what is asked of it.
    #[error(
        "The mail server does not offer what is needed: encryption by STARTTLS, a way to sign in, or addresses of this kind."
    )]
    Unsupported,
    /// The server lacks SMTPUTF8, which the part of an address before @ asks for.
    #[error(
        "The part of the address before @ has letters beyond a to z, and the mail server does not take those (SMTPUTF8)."
    )]
    NeedsUtf8,
    /// No mail can be written to such an address.
    #[error("No mail can be written to this address.")]
    Address,
    /// Too many are under way.
    #[error("Too many mails are being sent right now.")]
    Busy,
}

/// Hands mail over. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    mail: Arc<MailSettings>,
    client_id: ClientId,
    permits: Arc<Semaphore>,
}

impl Mailer {
    /// One that uses the configured server, where there is one. Nothing is connected yet.
    #[must_use]
    pub fn new(settings: &Settings) -> Option<Self> {
        let host = settings.public_url.host_str().unwrap_or("localhost");
        Some(Self {
            mail: Arc::new(settings.mail.clone()?),
            client_id: match host.parse() {
                Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
                Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
                Err(_) => ClientId::Domain(host.trim_matches(['[', ']']).to_owned()),
            },
            permits: Arc::new(Semaphore::new(MAX_CONCURRENT)),
        })
    }

    /// Sends a mail by a task among `tasks`, and waits for it no longer than `patience`.
    pub async fn send_within(
        &self,
        tasks: &TaskTracker,
        letter: OutgoingMail,
        patience: Duration,
    ) -> Delivery {
        let mailer = self.clone();
        let sending = tasks.spawn(async move {
            let sent = mailer.send(letter).await;
            if let Err(failure) = sent {
                tracing::warn!(%failure, "a mail was not sent");
            }
            sent
        });
        match tokio::time::timeout(patience, sending).await {
            Ok(Ok(Ok(()))) => Delivery::Accepted,
            Ok(Ok(Err(failure))) => Delivery::Failed(failure),
            Ok(Err(_)) => Delivery::Failed(Failure::Unreachable),
            Err(_) => Delivery::Pending,
        }
    }

    /// Connects, signs in where there is a user, and says nothing else: whether mail could be sent.
    ///
    /// # Errors
    /// [`Failure`] says why not.
    pub async fn check(&self) -> Result<(), Failure> {
        let transport = self.transport()?;
        let answers = with_timeout(async {
            transport
                .test_connection()
                .await
                .map_err(|error| classify_error(&error))
        })
        .await?;
        answers.then_some(()).ok_or(Failure::Unreachable)
    }

    async fn send(&self, letter: OutgoingMail) -> Result<(), Failure> {
        let _place = self.permits.try_acquire().map_err(|_| Failure::Busy)?;
        let needs_utf8 = [&letter.to, &self.mail.from]
            .iter()
            .any(|email| !email.mailbox_and_domain().0.is_ascii());
        let message = self.message(letter).ok_or(Failure::Address)?;
        let transport = self.transport()?;
        let sent = with_timeout(async {
            transport
                .send(message)
                .await
                .map_err(|error| classify_error(&error))
        })
        .await;
        match sent {
            Err(Failure::Unsupported) if needs_utf8 => Err(Failure::NeedsUtf8),
            sent => sent.map(drop),
        }
    }

    /// Names and subjects are encoded by the library, so that no line of theirs becomes a header.
    fn message(&self, letter: OutgoingMail) -> Option<Message> {
        let (to, from) = (to_address(&letter.to)?, to_address(&self.mail.from)?);
        let id = format!("<{}@{}>", Uuid::new_v4(), from.domain());
        let at = UNIX_EPOCH
            + Duration::from_millis(u64::try_from(letter.at.as_millis()).unwrap_or_default());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .envelope(Envelope::new(Some(from.clone()), vec![to.clone()]).ok()?)
            .from(Mailbox::new(self.mail.from_name.clone(), from))
            .to(Mailbox::new(Some(letter.name), to))
            .subject(letter.subject)
            .date(at)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .ok()
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let host = self.mail.host.clone();
        let parameters = |host| {
            let roots =
                root_certificates().filter_map(|der| Certificate::from_der(der.to_vec()).ok());
            let builder = TlsParameters::builder(host);
            let builder = roots.fold(builder, TlsParametersBuilder::add_root_certificate);
            builder.build().map_err(|_| Failure::Tls)
        };
        let tls = match self.mail.encryption {
            Encryption::Tls => Tls::Wrapper(parameters(host.clone())?),
            Encryption::StartTls => Tls::Required(parameters(host.clone())?),
            Encryption::None => Tls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(self.mail.port)
            .tls(tls)
            .timeout(Some(SEND_TIMEOUT))
            .hello_name(self.client_id.clone());
        Ok(match &self.mail.login {
            Some((user, password)) => builder.credentials(Credentials::new(
                user.clone(),
                password.expose_secret().to_owned(),
            )),
            None => builder,
        }
        .build())
    }
}

/// The address with its domain in ASCII, so that the server needs no SMTPUTF8 for it.
fn to_address(email: &Email) -> Option<Address> {
    let (local, domain) = email.mailbox_and_domain();
    Address::new(local, domain).ok()
}

async fn with_timeout<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(SEND_TIMEOUT, work)
        .await
        .unwrap_or(Err(Failure::Timeout))
}

fn classify_error(error: &smtp::Error) -> Failure {
    match error.status().map(u16::from) {
        // RFC 4954: what a server answers to a sign-in that it does not take, or that it misses.
        Some(code @ (454 | 530 | 534 | 535 | 538)) => Failure::Login(code),
        Some(code) if error.is_transient() => Failure::TemporarilyRefused(code),
        Some(code) => Failure::Refused(code),
        None if error.is_timeout() => Failure::Timeout,
        None if error.is_tls() => Failure::Tls,
        None if error.is_client() => Failure::Unsupported,
        None => Failure::Unreachable,
    }
}
