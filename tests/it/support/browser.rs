//! A person's browser: keeps cookies, sends its origin, and follows redirects only on request.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, Method};
use tower::ServiceExt;
use url::{Url, form_urlencoded};

use super::page::Response;
use super::secrets;

/// Browser with its own cookie jar.
pub struct Browser {
    router: Router,
    public_url: Url,
    address: SocketAddr,
    cookies: Mutex<BTreeMap<String, String>>,
    foreign: Vec<u8>,
}

/// Request under construction; `send` sends it.
pub struct Request<'a> {
    browser: &'a Browser,
    request: axum::http::Request<Body>,
}

impl Browser {
    pub fn new(router: Router, public_url: Url) -> Self {
        Self {
            router,
            public_url,
            address: SocketAddr::from(([127, 0, 0, 1], 50_000)),
            cookies: Mutex::default(),
            foreign: Vec::new(),
        }
    }

    /// Returns the same browser at another IP address.
    pub fn at(mut self, address: &str) -> Self {
        self.address = SocketAddr::new(address.parse().unwrap(), 50_000);
        self
    }

    /// Returns the same browser with foreign cookies around its own, as bytes of the header.
    pub fn among(mut self, cookies: &[u8]) -> Self {
        self.foreign = cookies.to_vec();
        self
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await
    }

    /// Requests a part of a page, as htmx does.
    pub async fn get_fragment(&self, path: &str) -> Response {
        self.request(Method::GET, path).fragment().send().await
    }

    /// Sends a form without JavaScript.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::POST, path).form(fields).send().await
    }

    /// Sends a form as htmx does.
    pub async fn post_fragment(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::POST, path)
            .form(fields)
            .fragment()
            .send()
            .await
    }

    /// Sends a form from a page of another site.
    pub async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.request(Method::POST, path).form(fields);
        let request = request
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site");
        request.send().await
    }

    /// Fills and sends the form that matches `css`, with its hidden fields.
    /// Changes the fields in `typed`. Buttons are not included: if a button's value matters, add it
    /// to `typed`.
    pub async fn submit(&self, page: &Response, css: &str, typed: &[(&str, &str)]) -> Response {
        let form = page.form(css);
        let fields: Vec<(&str, &str)> = form.filled(typed);
        if form.method == "post" {
            return self.post(&form.action, &fields).await;
        }
        let path = form.action.split('?').next().unwrap_or_default();
        self.get(&format!("{path}?{}", encoded(&fields))).await
    }

    /// Follows a redirect, or htmx's header for one, to its page.
    pub async fn follow(&self, response: &Response) -> Response {
        let to = response.leads_to();
        let to =
            to.unwrap_or_else(|| panic!("no redirect but {}: {}", response.status, response.text));
        self.get(&to).await
    }

    /// Returns a request of any kind.
    pub fn request(&self, method: Method, path: &str) -> Request<'_> {
        let origin = self.public_url.origin().ascii_serialization();
        let path = path.strip_prefix(&origin).unwrap_or(path);
        secrets::of_path(path);
        let changes = method != Method::GET;
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path.split('#').next().unwrap_or_default())
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let made = Request {
            browser: self,
            request,
        };
        let made = made.header(HOST.as_str(), origin.split("//").last().unwrap_or_default());
        let made = made.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let made = made.header("sec-fetch-site", "same-origin");
        if changes {
            made.header(ORIGIN.as_str(), &origin)
        } else {
            made
        }
    }

    /// Returns the value of a cookie, if this browser has it.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    /// Returns all cookies, as names and values.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar().clone()
    }

    /// Adds a cookie to the jar, as a person who found it could.
    pub fn set_cookie(&self, name: &str, value: &str) {
        secrets::of_cookie(name, value);
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, set: &HeaderValue) {
        let text = set.to_str().unwrap();
        let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.jar().remove(name);
        } else {
            self.set_cookie(name, value);
        }
    }
}

impl Request<'_> {
    /// Sets a header and replaces earlier ones.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request
            .headers_mut()
            .insert(name, value.parse().unwrap());
        self
    }

    /// Adds a header to earlier ones.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request
            .headers_mut()
            .append(name, value.parse().unwrap());
        self
    }

    /// Sets the request target, for example a whole URL.
    pub fn target(mut self, target: &str) -> Self {
        *self.request.uri_mut() = target.parse().unwrap();
        self
    }

    /// Adds a header with these bytes.
    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_bytes(value).unwrap();
        self.request.headers_mut().append(name, value);
        self
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    /// Makes it a request of htmx for a part of a page.
    pub fn fragment(self) -> Self {
        let page = self.browser.public_url.to_string();
        self.header("hx-request", "true")
            .header("hx-request-type", "partial")
            .header("hx-current-url", &page)
    }

    /// Sets these fields as a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        secrets::of_form(fields);
        self.body(encoded(fields))
            .header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sends the request, stores the cookies of the answer, and reads all of it.
    pub async fn send(self) -> Response {
        let what = format!("{} {}", self.request.method(), self.request.uri());
        Response::read(what, self.open().await).await
    }

    /// Sends the request and stores the cookies of the answer. Does not read the body.
    pub async fn open(mut self) -> axum::http::Response<Body> {
        let browser = self.browser;
        let cookies: Vec<String> = browser
            .jar()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let ours = cookies.join("; ").into_bytes();
        let all = [browser.foreign.clone(), ours, browser.foreign.clone()];
        let all: Vec<Vec<u8>> = all
            .into_iter()
            .filter(|cookies| !cookies.is_empty())
            .collect();
        if !all.is_empty() {
            let cookies = HeaderValue::from_bytes(&all.join(b"; ".as_slice())).unwrap();
            self.request.headers_mut().insert(COOKIE, cookies);
        }
        let answer = browser.router.clone().oneshot(self.request).await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            browser.keep(set);
        }
        answer
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
