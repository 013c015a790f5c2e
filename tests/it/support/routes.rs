//! Every route of the portal, read off the source of `src/web`: its address, its methods, and from the types in its
//! handler's signature what one needs to be let in. What cannot be understood here fails the test that asks, so that no
//! route can be added that the tests of access forget.

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
    /// The address as the router has it, as `/accounts/{id}`.
    pub path: String,
    /// What one needs.
    pub needs: Needs,
    /// Whether its handler takes the fields of a form that an expired login interrupted.
    pub takes_draft: bool,
    /// The file that names the route.
    pub file: String,
}

/// What a handler's signature asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is open to everybody.
    Nothing,
    /// To be signed in and allowed this.
    Authorized(Permission),
    /// The same, having proved a short time ago who one is.
    RecentlyAuthenticated(Permission),
}

impl Needs {
    /// The permission, where one is needed.
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
    /// Whether this address is one of this route.
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

/// All of them, by address.
pub fn routes() -> &'static [Route] {
    static ALL: OnceLock<Vec<Route>> = OnceLock::new();
    ALL.get_or_init(|| Source::of_the_portal().routes())
}

/// The route that answers this method at this address, query left out: one that names it before one with a place for it.
pub fn route_at(method: &Method, address: &str) -> Option<&'static Route> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let fits = routes()
        .iter()
        .filter(|route| route.method == *method && route.is_at(path));
    fits.min_by_key(|route| route.path.matches('{').count())
}
