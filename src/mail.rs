//! Sending of mail through the configured SMTP server. Only this module uses `lettre`;
//! `staff::emails` and `welcome_email` write the texts.
//!
//! A page waits for the server only for a limited time. The sending continues in a task of its own,
//! which has a timeout too. Replies of the server are never shown or logged, because they may quote
//! the mail, including a link that signs someone in.

use std::borrow::Cow;
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
use crate::metrics::Metrics;

/// Maximum number of mails being sent at once. Another one fails immediately.
const MAX_CONCURRENT: usize = 16;
/// Maximum time that sending one mail may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Mail to one person, in plain text.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// Address of the recipient.
    pub to: Email,
    /// Name of the recipient.
    pub name: String,
    /// Subject of the mail.
    pub subject: Cow<'static, str>,
    /// Text of the mail, with line breaks.
    pub text: String,
    /// Address for answers, if it is not the sender's.
    pub reply_to: Option<Email>,
    /// Time of writing, used as the mail's date.
    pub at: Timestamp,
}

/// Outcome of a mail by the time that the page stops waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server accepted it.
    Accepted,
    /// It was not sent.
    Failed(Failure),
    /// The server has not answered yet. The mail may still be sent.
    Pending,
}

/// Outcome of an attempt to send a mail that must not arrive twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The server accepted it.
    Accepted,
    /// It was not sent.
    NotSent(Failure),
    /// The server may have accepted it.
    Uncertain(Failure),
}

/// Reason why a mail was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server refused it permanently, with this code.
    #[error("The mail server refused it ({0}).")]
    Refused(u16),
    /// The server refused it for now, with this code.
    #[error("The mail server does not accept it at the moment ({0}).")]
    TemporarilyRefused(u16),
    /// The server rejected the portal's user or password, with this code.
    #[error(
        "The mail server refused the portal's sign-in ({0}). The operator must check \
         PORTAL_SMTP_URL."
    )]
    Login(u16),
    /// The connection to the server could not be encrypted.
    #[error("The connection to the mail server could not be encrypted.")]
    Tls,
    /// The server did not answer, or closed the connection.
    #[error("The mail server could not be reached, or closed the connection.")]
    Unreachable,
    /// Sending took longer than allowed.
    #[error("The mail server took too long.")]
    Timeout,
    /// The server lacks a feature that the portal needs.
    #[error(
        "The mail server lacks a required feature: STARTTLS, authentication, or addresses of this \
         kind."
    )]
    Unsupported,
    /// The server lacks SMTPUTF8, which the part of the address before the @ needs.
    #[error(
        "The address has characters before @ that the mail server does not support (SMTPUTF8)."
    )]
    NeedsUtf8,
    /// The address cannot be written to.
    #[error("This address cannot receive email.")]
    Address,
    /// Too many mails are being sent.
    #[error("Too many emails are being sent at the moment.")]
    Busy,
}

impl Failure {
    /// Returns `true` if another attempt may succeed without a change of the mail.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::TemporarilyRefused(_)
            | Self::Login(_)
            | Self::Tls
            | Self::Unreachable
            | Self::Timeout
            | Self::Busy => true,
            Self::Refused(_) | Self::Unsupported | Self::NeedsUtf8 | Self::Address => false,
        }
    }
}

/// Sender of mail. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    mail: Arc<MailSettings>,
    client_id: ClientId,
    permits: Arc<Semaphore>,
    metrics: Metrics,
}

impl Mailer {
    /// Returns a mailer for the configured server, if there is one. Does not connect yet.
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
            metrics: Metrics::default(),
        })
    }

    /// Returns the mailer with these instruments, which record each email.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Sends a mail in a task of `tasks`, and waits for it at most `patience`.
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

    /// Sends a mail once, and tells if the server may have accepted it despite a failure.
    /// Connects first without the mail, so that a server that is down is a certain failure.
    pub async fn attempt(&self, letter: OutgoingMail) -> Attempt {
        if let Err(failure) = self.check().await {
            return Attempt::NotSent(failure);
        }
        match self.send(letter).await {
            Ok(()) => Attempt::Accepted,
            Err(failure @ (Failure::Unreachable | Failure::Timeout)) => Attempt::Uncertain(failure),
            Err(failure) => Attempt::NotSent(failure),
        }
    }

    /// Checks if mail could be sent: connects, and signs in if a user is configured. Sends no mail.
    ///
    /// # Errors
    /// [`Failure`] tells the reason.
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
        let sent = self.send_once(letter).await;
        self.metrics.record_mail(sent.is_ok());
        sent
    }

    async fn send_once(&self, letter: OutgoingMail) -> Result<(), Failure> {
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

    /// Builds the message. The library encodes names and subjects, so that none of their lines
    /// becomes a header.
    fn message(&self, letter: OutgoingMail) -> Option<Message> {
        let (to, from) = (to_address(&letter.to)?, to_address(&self.mail.from)?);
        let id = format!("<{}@{}>", Uuid::new_v4(), from.domain());
        let at = UNIX_EPOCH
            + Duration::from_millis(u64::try_from(letter.at.as_millis()).unwrap_or_default());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let builder = match &letter.reply_to {
            Some(email) => Message::builder().reply_to(Mailbox::new(None, to_address(email)?)),
            None => Message::builder(),
        };
        builder
            .envelope(Envelope::new(Some(from.clone()), vec![to.clone()]).ok()?)
            .from(Mailbox::new(self.mail.from_name.clone(), from))
            .to(Mailbox::new(Some(letter.name), to))
            .subject(letter.subject.into_owned())
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

/// Returns the address with its domain in ASCII, so that the domain needs no SMTPUTF8.
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
        // RFC 4954: codes of a server that rejects or requires a sign-in.
        Some(code @ (454 | 530 | 534 | 535 | 538)) => Failure::Login(code),
        Some(code) if error.is_transient() => Failure::TemporarilyRefused(code),
        Some(code) => Failure::Refused(code),
        None if error.is_timeout() => Failure::Timeout,
        None if error.is_tls() => Failure::Tls,
        None if error.is_client() => Failure::Unsupported,
        None => Failure::Unreachable,
    }
}
