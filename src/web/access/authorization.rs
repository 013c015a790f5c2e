//! Permissions as types: what a handler's signature asks for, whoever sent the request has.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Viewer;
use crate::app::App;
use crate::domain::role::Permission;
use crate::web::error::Error;

/// A permission as a type, for [`Authorized`].
pub trait RequiredPermission: Send + Sync + 'static {
    /// Which.
    const PERMISSION: Permission;
}

macro_rules! permission_types {
    ($($name:ident),+ $(,)?) => {
        $(
            #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl RequiredPermission for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+
    };
}

permission_types!(
    Read,
    CreateAccounts,
    ChangeStatus,
    ChangeLimits,
    ChangePricing,
    Annotate,
    DeleteNotes,
    SettleOperations,
    ShowApiKeys,
    RemoveOrgUsers,
    ManageStaff,
    ManageOwners,
    AcceptFewer,
    ManageSettings,
);

/// Signed-in sender of a request, allowed `P`. A handler that asks for less than it does fails to
/// compile against code that needs its [`Actor`](crate::domain::actor::Actor). Reads as a
/// [`Viewer`].
pub struct Authorized<P> {
    viewer: Viewer,
    permission: PhantomData<P>,
}

impl<P> Deref for Authorized<P> {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.viewer
    }
}

impl<P: RequiredPermission> FromRequestParts<App> for Authorized<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let viewer = Viewer::of_request(app, parts)
            .await?
            .ok_or(Error::SignedOut)?;
        if !viewer.can(P::PERMISSION) {
            // The span around it holds route and request.
            let staff = viewer.staff();
            tracing::warn!(staff = %staff.id, role = staff.role.as_str(), lacks = ?P::PERMISSION, "refused");
            return Err(Error::Forbidden(P::PERMISSION));
        }
        Ok(Self {
            viewer,
            permission: PhantomData,
        })
    }
}

/// As [`Authorized`], of somebody who proved within the last ten minutes who they are: for what matters most. Who did not is
/// led to `/prove`, and goes on from there.
pub struct RecentlyAuthenticated<P>(Authorized<P>);

impl<P> Deref for RecentlyAuthenticated<P> {
    type Target = Authorized<P>;

    fn deref(&self) -> &Authorized<P> {
        &self.0
    }
}

impl<P: RequiredPermission> FromRequestParts<App> for RecentlyAuthenticated<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::from_request_parts(parts, app).await?;
        if !may.recently_authenticated() {
            return Err(Error::StepUpRequired);
        }
        Ok(Self(may))
    }
}
