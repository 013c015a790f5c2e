//! Mail settings: the server (`PORTAL_SMTP_URL`) and the sender (`PORTAL_MAIL_FROM`).
//! Both must be set, or neither.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

use super::values::{InvalidSetting, Source, is_loopback_host};
use crate::domain::email::Email;
use crate::domain::text::parse_line;

const SERVER_VARIABLE: &str = "PORTAL_SMTP_URL";
const SENDER_VARIABLE: &str = "PORTAL_MAIL_FROM";
/// Maximum length of the sender's name, in characters.
const MAX_NAME_LENGTH: usize = 100;

/// Settings for sending mail: the server and the sender.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Host name or address of the server.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// Encryption of the connection.
    pub encryption: Encryption,
    /// User and password, if the server requires them.
    pub login: Option<(String, SecretString)>,
    /// Name of the sender, if set.
    pub from_name: Option<String>,
    /// Address of the sender.
    pub from: Email,
}

/// Encryption of the connection to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// TLS after STARTTLS (`smtp://`). Nothing is sent without it.
    StartTls,
    /// No encryption, because the server is on this machine.
    None,
}

/// Reads both variables.
pub(super) fn read(
    source: &Source<impl Fn(&str) -> Option<String>>,
) -> Result<Option<MailSettings>, InvalidSetting> {
    match (source.value(SERVER_VARIABLE), source.value(SENDER_VARIABLE)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(InvalidSetting::new(
            SENDER_VARIABLE,
            "is not set while PORTAL_SMTP_URL is; set it to the sender, such as Reseller portal <portal@example.com>",
        )),
        (None, Some(_)) => Err(InvalidSetting::new(
            SERVER_VARIABLE,
            "is not set while PORTAL_MAIL_FROM is; set it to the mail server, such as \
             smtps://user:password@mail.example.com",
        )),
        (Some(server), Some(sender)) => {
            let (from_name, from) = self::parse_sender(&sender)?;
            self::parse_server(&server, from_name, from).map(Some)
        }
    }
}

/// Parses `Name <address>`, or the address alone.
fn parse_sender(text: &str) -> Result<(Option<String>, Email), InvalidSetting> {
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
        None => ("", text),
    };
    let wrong = || {
        InvalidSetting::new(
            SENDER_VARIABLE,
            format!(
                "is no sender: {text:?}; write one such as Reseller portal <portal@example.com>"
            ),
        )
    };
    let from = address.parse().map_err(|_| wrong())?;
    let name = (!name.is_empty()).then(|| parse_line(name, MAX_NAME_LENGTH).map_err(|_| wrong()));
    Ok((name.transpose()?, from))
}

/// Parses `smtps://user:password@host:port` or `smtp://…`.
/// The error does not repeat the value, because it may contain a password, even in an unexpected
/// place.
fn parse_server(
    text: &str,
    from_name: Option<String>,
    from: Email,
) -> Result<MailSettings, InvalidSetting> {
    const EXAMPLE: &str = "write one such as smtps://user:password@mail.example.com:465 or smtp://mail.example.com:587";
    let wrong =
        |problem: &str| InvalidSetting::new(SERVER_VARIABLE, format!("{problem}; {EXAMPLE}"));
    let url = Url::parse(text).map_err(|_| {
        wrong("is no mail server's address (in a password, write % / ? # @ and : as %25 %2F %3F %23 %40 and %3A)")
    })?;
    let encrypted = match url.scheme() {
        "smtps" => true,
        "smtp" => false,
        _ => return Err(wrong("begins neither with smtps:// nor with smtp://")),
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "has more than a user, a password, a host and a port (in a password, write / ? and # as %2F %3F and %23)",
        ));
    }
    // The `url` crate does not parse the host of this scheme, so parse it here.
    let typed = url.host_str().unwrap_or_default();
    let host = Host::parse(typed).map_err(|_| wrong("has no host that can be read"))?;
    let encryption = match encrypted {
        true => Encryption::Tls,
        false if is_loopback_host(&host) => Encryption::None,
        false => Encryption::StartTls,
    };
    let host = match host {
        Host::Domain(name) => name,
        Host::Ipv4(address) => IpAddr::from(address).to_string(),
        Host::Ipv6(address) => IpAddr::from(address).to_string(),
    };
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from)
            .map_err(|_| wrong("has a user or password that is no text in UTF-8"))
    };
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) => return Err(wrong("has a password without a user")),
        (_, None) => return Err(wrong("has a user without a password")),
        (user, Some(password)) => Some((decoded(user)?, SecretString::from(decoded(password)?))),
    };
    Ok(MailSettings {
        host,
        port: url.port().unwrap_or(if encrypted { 465 } else { 587 }),
        encryption,
        login,
        from_name,
        from,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn mail(server: &str, sender: &str) -> Result<Option<MailSettings>, String> {
        let set = [
            (SERVER_VARIABLE, server.to_owned()),
            (SENDER_VARIABLE, sender.to_owned()),
        ];
        let value = |name: &str| {
            set.iter()
                .find(|(set, _)| *set == name)
                .map(|(_, value)| value.clone())
        };
        read(&Source(value)).map_err(|invalid| invalid.to_string())
    }

    fn server_of(text: &str) -> MailSettings {
        mail(text, "portal@example.com")
            .expect("valid")
            .expect("set")
    }

    #[test]
    fn a_server_is_encrypted_unless_it_is_this_machine() {
        for (text, host, port, encryption) in [
            (
                "smtps://mail.example.com",
                "mail.example.com",
                465,
                Encryption::Tls,
            ),
            (
                "smtps://127.0.0.1:1465/",
                "127.0.0.1",
                1465,
                Encryption::Tls,
            ),
            (
                "smtp://mail.example.com",
                "mail.example.com",
                587,
                Encryption::StartTls,
            ),
            ("smtp://10.0.0.7:25", "10.0.0.7", 25, Encryption::StartTls),
            ("smtp://localhost:25", "localhost", 25, Encryption::None),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Encryption::None),
            ("smtp://[::1]:2525", "::1", 2525, Encryption::None),
        ] {
            let read = server_of(text);
            assert_eq!(
                (read.host.as_str(), read.port, read.encryption),
                (host, port, encryption),
                "{text}"
            );
            assert!(read.login.is_none());
        }
        let (user, password) =
            server_of("smtps://ann%40example.com:p%2Fa%3As%25%C3%A9@mail.example.com")
                .login
                .expect("a login");
        assert_eq!(
            (user.as_str(), password.expose_secret()),
            ("ann@example.com", "p/a:s%é")
        );
    }

    #[test]
    fn a_sender_has_an_address_and_may_have_a_name() {
        for (text, name) in [
            ("portal@example.com", None),
            ("<portal@example.com>", None),
            (
                "Reseller portal <portal@example.com>",
                Some("Reseller portal"),
            ),
            ("\"Portal, the\" <portal@example.com>", Some("Portal, the")),
        ] {
            let read = mail("smtp://localhost", text).expect("valid").expect("set");
            assert_eq!(read.from_name.as_deref(), name, "{text}");
            assert_eq!(read.from.as_str(), "portal@example.com");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line_without_the_password() {
        assert!(mail("", "").expect("valid").is_none());
        for server in [
            "mail.example.com",
            "https://mail.example.com",
            "smtps://",
            "smtps://user:hunter2/x@mail.example.com",
            "smtps://user:hunter2@mail.example.com/path",
            "smtps://user:hunter2#x@mail.example.com",
            "smtps://user:hunter2?x@mail.example.com",
            "smtps://user:hunter2@mail.example.com:99999",
            "smtps://user:hunter2%FF@mail.example.com",
            "smtps://user:hunter2@a b",
            "smtps://user@mail.example.com",
            "smtps://:hunter2@mail.example.com",
        ] {
            let words = mail(server, "portal@example.com").expect_err(server);
            assert!(
                words.starts_with("PORTAL_SMTP_URL ") && !words.contains("hunter2"),
                "{words}"
            );
            assert!(
                !words.contains('\n') && words.contains("write one such as"),
                "{words}"
            );
        }
        for sender in [
            "portal",
            "Portal <portal>",
            "a\u{7}b <portal@example.com>",
            "portal@example.com>",
        ] {
            let words = mail("smtp://localhost", sender).expect_err(sender);
            assert!(words.starts_with("PORTAL_MAIL_FROM "), "{words}");
        }
        assert!(
            mail("", "portal@example.com")
                .expect_err("no server")
                .starts_with("PORTAL_SMTP_URL is not set")
        );
        assert!(
            mail("smtp://localhost", "")
                .expect_err("no sender")
                .starts_with("PORTAL_MAIL_FROM is not set")
        );
    }
}
