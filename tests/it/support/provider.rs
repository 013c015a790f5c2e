//! A real OpenID Connect provider in its own process (`tests/provider`), and a browser there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, redirect};
use reseller_portal::config::{Settings, SsoSettings};
use serde_json::Value;
use url::Url;

use super::page::Response;

/// Real provider. It stops when it is dropped.
pub struct Provider {
    child: Child,
    // The process stops when this is closed, even if the test is killed.
    _input: Option<ChildStdin>,
    // No one reads its later output. If this were closed, its writes would fail.
    _output: BufReader<ChildStdout>,
    issuer: String,
    http: Client,
}

impl Provider {
    /// Starts a provider without any people.
    pub fn start() -> Self {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider");
        assert!(
            place.join("node_modules/oidc-provider").exists(),
            "the provider's packages are missing: run npm ci in tests/provider, as tests/run.sh does"
        );
        // Node 20 deadlocks about once in a hundred starts, before it runs our code.
        (0..3)
            .find_map(|_| Self::start_once(&place))
            .unwrap_or_else(|| panic!("the provider did not start within 15 s, three times"))
    }

    /// Starts a provider. Returns `None` if it does not report its address in time.
    fn start_once(place: &Path) -> Option<Self> {
        let mut child = Command::new("node")
            .arg("provider.js")
            .current_dir(place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("node must be installed for the provider: {error}"));
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (send, first_line) = mpsc::channel();
        thread::spawn(move || {
            let mut issuer = String::new();
            let read = output.read_line(&mut issuer);
            // After the timeout, no one receives this any more.
            let _ = send.send((read.is_ok(), issuer, output));
        });
        let Ok((true, issuer, output)) = first_line.recv_timeout(Duration::from_secs(15)) else {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        };
        Some(Self {
            _input: input,
            _output: output,
            child,
            issuer: issuer.trim().to_owned(),
            http: Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                // Otherwise a hanging provider would block the test until it is killed, without an
                // explanation.
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
        })
    }

    /// Returns its issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns a change of a portal's settings that turns on single sign-on at this provider.
    pub fn set(&self) -> impl FnOnce(&mut Settings) + Send + use<> {
        let sso = sso(&self.issuer);
        move |settings| settings.sso = Some(sso)
    }

    /// Adds a person with this login and these claims.
    /// Example: `json!({"sub": "7", "email": "ann@example.com", "email_verified": true})`.
    pub async fn knows(&self, login: &str, claims: Value) {
        self.control(Method::PUT, &format!("_people/{login}"), claims)
            .await;
    }

    /// Makes it send the email address only at its user info endpoint.
    pub async fn tells_by_userinfo(&self) {
        self.control(Method::PUT, "_userinfo", Value::Null).await;
    }

    /// Makes it imitate another provider (`tests/provider/profiles.js`), including the issuer.
    pub async fn is_like(&mut self, name: &str) {
        self.issuer = self
            .control(Method::PUT, &format!("_profile/{name}"), Value::Null)
            .await;
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> String {
        let url = Url::parse(&self.issuer)
            .unwrap()
            .join(&format!("/{path}"))
            .unwrap();
        let sent = self
            .http
            .request(method, url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert!(sent.status().is_success(), "the provider refused {path}");
        sent.text().await.unwrap()
    }

    /// Follows this page to the provider and logs in there.
    /// Returns the address that the provider redirects to, without opening it.
    pub async fn sign_in(&self, page: &Response, login: &str) -> String {
        self.sign_in_at(&onward(page), login).await
    }

    /// Like [`Provider::sign_in`], but with the address of the provider.
    pub async fn sign_in_at(&self, address: &str, login: &str) -> String {
        let mut there = AtProvider::new(self);
        let form = there.go(address).await;
        there.post(&form, &format!("login={login}")).await
    }

    /// Like [`Provider::sign_in`], but cancels at the provider.
    pub async fn turn_back(&self, page: &Response) -> String {
        let mut there = AtProvider::new(self);
        let form = there.go(&onward(page)).await;
        there.go(&format!("{form}?cancel")).await
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns settings for single sign-on at this issuer, which knows the portal.
pub fn sso(issuer: &str) -> SsoSettings {
    SsoSettings {
        issuer: issuer.to_owned(),
        client_id: "portal".to_owned(),
        client_secret: "the portal's secret at the provider".into(),
        name: "Acme ID".to_owned(),
        trust_email: false,
        trusted_audiences: Vec::new(),
        password_sign_in: true,
        timeout: Duration::from_secs(5),
    }
}

/// Returns the address to which the page before the provider leads.
pub fn onward(page: &Response) -> String {
    let link = page.attr_of("a#onward", "href");
    let link = link.unwrap_or_else(|| panic!("no way to the provider but: {}", page.words()));
    let refresh = page.attr_of("meta[http-equiv=refresh]", "content").unwrap();
    assert_eq!(refresh, format!("0; url={link}"));
    link
}

/// Browser of a person at the provider.
struct AtProvider<'a> {
    provider: &'a Provider,
    cookies: BTreeMap<String, String>,
}

impl<'a> AtProvider<'a> {
    fn new(provider: &'a Provider) -> Self {
        Self {
            provider,
            cookies: BTreeMap::new(),
        }
    }

    async fn go(&mut self, address: &str) -> String {
        self.send(Method::GET, address, String::new()).await
    }

    async fn post(&mut self, address: &str, body: &str) -> String {
        self.send(Method::POST, address, body.to_owned()).await
    }

    /// Follows redirects within the provider.
    /// Returns the address of the page, or the address outside to which they lead.
    async fn send(&mut self, mut method: Method, address: &str, mut body: String) -> String {
        let here = Url::parse(&self.provider.issuer).unwrap();
        let mut address = here.join(address).unwrap();
        loop {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let request = self.provider.http.request(method.clone(), address.clone());
            let request = request.header(COOKIE, cookies.join("; "));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = request
                .body(std::mem::take(&mut body))
                .send()
                .await
                .unwrap();
            for set in answer.headers().get_all(SET_COOKIE) {
                let pair = set.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(to) = answer.headers().get(LOCATION) else {
                let status = answer.status();
                assert!(
                    status.is_success(),
                    "{address}: {status} {}",
                    answer.text().await.unwrap()
                );
                return address.to_string();
            };
            address = address.join(to.to_str().unwrap()).unwrap();
            method = Method::GET;
            if address.origin() != here.origin() {
                return address.to_string();
            }
        }
    }
}
