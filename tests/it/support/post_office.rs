//! Mail server on loopback that can accept mail, refuse it, stall or hang up.

use std::sync::{Arc, Mutex, PoisonError};

use reseller_portal::config::{Encryption, MailSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::secrets::{self, Place};

/// Behavior of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Accepts every mail.
    Takes,
    /// Refuses every recipient with this line.
    Refuses(&'static str),
    /// Reads the mail and never answers.
    Stalls,
    /// Hangs up before it receives the mail.
    HangsUp,
    /// Refuses every login (`AUTH`).
    KnowsNobody,
}

/// Mail as the server received it.
#[derive(Clone, Debug)]
pub struct Mailed {
    /// Sender and recipient of the envelope.
    pub envelope: [String; 2],
    /// Headers and decoded text.
    pub text: String,
}

/// Mail server.
pub struct PostOffice {
    address: std::net::SocketAddr,
    mails: Arc<Mutex<Vec<Mailed>>>,
}

impl PostOffice {
    /// Starts a server.
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mails = Arc::new(Mutex::default());
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, manner, Arc::clone(&kept)));
            }
        });
        Self { address, mails }
    }

    /// Returns mail settings for this server.
    pub fn settings(&self) -> MailSettings {
        MailSettings {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            encryption: Encryption::None,
            login: None,
            from_name: Some("Reseller portal".to_owned()),
            from: "portal@example.com".parse().unwrap(),
        }
    }

    /// Returns its address for `PORTAL_SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns the mails that it has accepted so far.
    pub fn mails(&self) -> Vec<Mailed> {
        self.mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Mailed {
    /// Returns the first word of the text with this beginning.
    #[track_caller]
    pub fn word(&self, start: &str) -> String {
        let found = self
            .text
            .split_whitespace()
            .find(|word| word.starts_with(start));
        found
            .unwrap_or_else(|| panic!("no {start} in {}", self.text))
            .to_owned()
    }

    /// Returns the lines above the text.
    pub fn headers(&self) -> Vec<&str> {
        self.text
            .lines()
            .take_while(|line| !line.is_empty())
            .collect()
    }
}

async fn converse(stream: TcpStream, manner: Manner, mails: Arc<Mutex<Vec<Mailed>>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut envelope = [String::new(), String::new()];
    write
        .write_all(b"220 post.example.com ESMTP\r\n")
        .await
        .ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let (verb, path) = line.split_once(':').unwrap_or((&line, ""));
        let path = path.split_whitespace().next().unwrap_or_default();
        let answer = match verb.to_uppercase().split_whitespace().next()? {
            "EHLO" => "250-post.example.com\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            "AUTH" if manner == Manner::KnowsNobody => {
                "535 5.7.8 Authentication credentials invalid"
            }
            "MAIL" => {
                path.clone_into(&mut envelope[0]);
                "250 OK"
            }
            "RCPT" => {
                path.clone_into(&mut envelope[1]);
                if let Manner::Refuses(line) = manner {
                    line
                } else {
                    "250 OK"
                }
            }
            "DATA" if manner == Manner::HangsUp => return None,
            "DATA" => {
                write.write_all(b"354 Go on\r\n").await.ok()?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    text += line.strip_prefix('.').unwrap_or(&line);
                    text.push('\n');
                }
                if manner == Manner::Stalls {
                    std::future::pending::<()>().await;
                }
                let text = decoded(&text);
                secrets::record(Place::Mail, &text);
                let envelope = envelope.clone();
                let mut kept = mails.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(Mailed { envelope, text });
                "250 Kept"
            }
            "QUIT" => "221 Bye",
            _ => "250 OK",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
    Some(())
}

/// Decodes quoted-printable and base64, which carry non-ASCII text in short lines.
fn decoded(text: &str) -> String {
    use base64::Engine;
    let (headers, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let bytes = if headers.contains("quoted-printable") {
        let joined = body.replace("=\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let [first, after @ ..] = rest {
            let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            if let Some(byte) = byte.filter(|_| *first == b'=') {
                bytes.push(byte);
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        bytes
    } else if headers.contains("base64") {
        let packed: String = body.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD
            .decode(packed)
            .unwrap()
    } else {
        body.as_bytes().to_vec()
    };
    format!("{headers}\n\n{}", String::from_utf8(bytes).unwrap())
}
