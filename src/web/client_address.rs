//! Address of a request's client: the peer, or the client that a trusted proxy names.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use tower_http::request_id::RequestId;

use self::forwarded::{Hop, forwarded, x_forwarded_for};
use crate::app::App;
use crate::config::Settings;
use crate::domain::proxy::ForwardedHeader;
use crate::staff::client_origin::ClientOrigin;

mod forwarded;
mod unreadable_header;

/// Maximum length of a user agent, in characters. Longer ones are cut.
const MAX_USER_AGENT_LENGTH: usize = 300;

/// Address of the client; `None` if the server does not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip().to_canonical());
        Ok(Self(
            peer.map(|peer| resolve_client(app, peer, &parts.headers)),
        ))
    }
}

/// Returns `true` if a request comes from a trusted proxy, directly.
pub(super) fn is_from_trusted_proxy(app: &App, extensions: &Extensions) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|peer| app.settings.is_trusted_proxy(peer.0.ip().to_canonical()))
}

fn resolve_client(app: &App, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !app.settings.is_trusted_proxy(peer) {
        return peer;
    }
    let seen = forwarded_client(peer, headers, &app.settings);
    if let Some(said) = &seen.unreadable {
        unreadable_header::report(app, seen.address, said);
    }
    seen.address
}

/// Nearest client that can be determined, and the header that prevented determining more.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ForwardedClient {
    address: IpAddr,
    unreadable: Option<String>,
}

/// Returns the client that a trusted peer names. If both headers are present and no setting tells
/// which one the proxy writes, they must agree. The other one may come from the client itself.
fn forwarded_client(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> ForwardedClient {
    let by = |header| match header {
        ForwardedHeader::XForwardedFor => resolve_hops(peer, x_forwarded_for(headers), settings),
        ForwardedHeader::Forwarded => resolve_hops(peer, forwarded(headers), settings),
    };
    if let Some(header) = settings.forwarded_header {
        return by(header);
    }
    let names = [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded];
    let [first, second] = names.map(|name| headers.contains_key(name.as_str()).then(|| by(name)));
    match (first, second) {
        (Some(one), Some(other)) if one.address != other.address => ForwardedClient {
            address: peer,
            unreadable: Some(format!(
                "X-Forwarded-For leads to {}, Forwarded to {}",
                one.address, other.address
            )),
        },
        (Some(seen), _) | (None, Some(seen)) => seen,
        (None, None) => ForwardedClient {
            address: peer,
            unreadable: None,
        },
    }
}

/// Walks back from the peer through the trusted proxies. The first address that is not trusted is
/// the client. Anything before it was written by that client and is ignored.
fn resolve_hops(peer: IpAddr, hops: Vec<Hop>, settings: &Settings) -> ForwardedClient {
    let mut nearest = peer;
    for hop in hops {
        if !settings.is_trusted_proxy(nearest) {
            break;
        }
        match hop {
            Hop::Address(address) => nearest = address,
            Hop::Unreadable(said) => {
                return ForwardedClient {
                    address: nearest,
                    unreadable: Some(said),
                };
            }
        }
    }
    ForwardedClient {
        address: nearest,
        unreadable: None,
    }
}

/// Client data stored for each sign-in: its address and its browser.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// Address, request ID and user agent.
    pub origin: ClientOrigin,
}

impl FromRequestParts<App> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let user_agent = parts.headers.get(header::USER_AGENT).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.chars()
                .filter(|c| !c.is_control())
                .take(MAX_USER_AGENT_LENGTH)
                .collect()
        });
        Ok(Self {
            origin: ClientOrigin {
                address,
                request_id: request_id(parts),
                user_agent,
            },
        })
    }
}

/// Returns the ID that the portal gave the request.
pub(super) fn request_id(parts: &Parts) -> Option<String> {
    parts
        .extensions
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use url::Url;

    use super::*;

    #[test]
    fn a_forwarded_address_is_believed_from_trusted_proxies_and_from_the_header_that_they_write() {
        const XFF: &str = "x-forwarded-for";
        const FORWARDED: &str = "forwarded";
        let url = Url::parse("http://127.0.0.1:8080/").expect("an address");
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut settings = Settings::for_sandbox(listen, url.clone(), url, "sqlite::memory:");
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
        let at = |text: &str| text.parse::<IpAddr>().expect("an address");
        let mut tell = |header, sent: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(*name, HeaderValue::from_str(value).expect("a header"));
            }
            settings.forwarded_header = header;
            let seen = forwarded_client(at("10.0.0.1"), &headers, &settings);
            (seen.address.to_string(), seen.unreadable.is_some())
        };
        let told = |address: &str| (address.to_owned(), false);
        let lost = |address: &str| (address.to_owned(), true);
        for (header, sent, expected) in [
            (None, vec![(XFF, "198.51.100.1")], told("198.51.100.1")),
            (
                None,
                vec![(XFF, "1.2.3.4, 198.51.100.1:99,10.0.0.2")],
                told("198.51.100.1"),
            ),
            (
                None,
                vec![(XFF, "nonsense, 198.51.100.1")],
                told("198.51.100.1"),
            ),
            (
                None,
                vec![(XFF, "198.51.100.1, nonsense")],
                lost("10.0.0.1"),
            ),
            (
                None,
                vec![(XFF, "198.51.100.1, unknown, 10.0.0.2")],
                lost("10.0.0.2"),
            ),
            (
                None,
                vec![(FORWARDED, "for=\"198.51.100.1:99\"")],
                told("198.51.100.1"),
            ),
            (None, vec![(FORWARDED, "for=_hidden")], lost("10.0.0.1")),
            (None, vec![], told("10.0.0.1")),
            (None, vec![(XFF, "")], told("10.0.0.1")),
            // It is unknown which one the proxy wrote, so neither is trusted unless they agree.
            (
                None,
                vec![(XFF, "198.51.100.1"), (FORWARDED, "for=192.0.2.9")],
                lost("10.0.0.1"),
            ),
            (
                None,
                vec![(XFF, "198.51.100.1"), (FORWARDED, "for=198.51.100.1")],
                told("198.51.100.1"),
            ),
            (
                Some(ForwardedHeader::XForwardedFor),
                vec![(XFF, "198.51.100.1"), (FORWARDED, "for=192.0.2.9")],
                told("198.51.100.1"),
            ),
            (
                Some(ForwardedHeader::Forwarded),
                vec![(XFF, "198.51.100.1"), (FORWARDED, "for=192.0.2.9")],
                told("192.0.2.9"),
            ),
            (
                Some(ForwardedHeader::Forwarded),
                vec![(XFF, "198.51.100.1")],
                told("10.0.0.1"),
            ),
        ] {
            assert_eq!(tell(header, &sent), expected, "{header:?} {sent:?}");
        }
    }
}
