//! Every route of the portal, read from the source of `src/web`.
//!
//! A route has an address, a method, and the access that the types in its handler's signature
//! require. Code that cannot be understood here fails the test, so that the tests of access cannot
//! miss a route.

mod source;
mod syntax;

use std::sync::OnceLock;

use axum::http::Method;
use reseller_portal::domain::role::Permission;

pub use source::Source;

/// One method at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// Address as the router has it, for example `/accounts/{id}`.
    pub path: String,
    /// Access that it requires.
    pub needs: Needs,
    /// True if its handler accepts the fields of a form that an expired login interrupted.
    pub takes_draft: bool,
    /// File that names the route.
    pub file: String,
}

/// Access that a handler's signature requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// None: everyone may use it.
    Nothing,
    /// A login with this permission.
    Authorized(Permission),
    /// A login with this permission and a recent proof of identity.
    RecentlyAuthenticated(Permission),
}

impl Needs {
    /// Returns the required permission, if any.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Nothing => None,
            Self::Authorized(permission) | Self::RecentlyAuthenticated(permission) => {
                Some(permission)
            }
        }
    }
}

impl Route {
    /// Returns `true` if this address belongs to the route.
    pub fn is_at(&self, address: &str) -> bool {
        let (mut own, mut other) = (self.path.split('/'), address.split('/'));
        loop {
            match (own.next(), other.next()) {
                (None, None) => return true,
                (Some(own), Some(other))
                    if own == other || (own.starts_with('{') && !other.is_empty()) => {}
                _ => return false,
            }
        }
    }
}

/// Returns all routes, sorted by address.
pub fn routes() -> &'static [Route] {
    static ALL: OnceLock<Vec<Route>> = OnceLock::new();
    ALL.get_or_init(|| Source::of_the_portal().routes())
}

/// Returns the route for this method and address. Ignores the query.
/// A literal address takes precedence over one with a placeholder.
pub fn route_at(method: &Method, address: &str) -> Option<&'static Route> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let fits = routes()
        .iter()
        .filter(|route| route.method == *method && route.is_at(path));
    fits.min_by_key(|route| route.path.matches('{').count())
}
