//! Permissions as types. A handler's signature names a type, and only requests with that permission
//! reach the handler.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Viewer;
use crate::app::App;
use crate::domain::role::Permission;
use crate::web::error::Error;

/// Permission as a type, for [`Authorized`].
pub trait RequiredPermission: Send + Sync + 'static {
    /// Permission that the type stands for.
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
    ShareViews,
    SettleOperations,
    ShowApiKeys,
    RemoveOrgUsers,
    ReviewAccess,
    ManageStaff,
    ManageOwners,
    AcceptFewer,
    ManageSettings,
    ManageNotifications,
);

/// Signed-in sender of a request, with permission `P`. It dereferences to [`Viewer`]. Code that
/// needs an [`Actor`](crate::domain::actor::Actor) gets it from here, so a handler cannot leave out
/// the permission.
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

impl<P: RequiredPermission> Authorized<P> {
    /// Returns `true` if the sender still has the permission and is still signed in.
    pub(in crate::web) async fn is_still_authorized(&self) -> Result<bool, Error> {
        self.viewer.is_still_allowed(P::PERMISSION).await
    }
}

impl<P: RequiredPermission> FromRequestParts<App> for Authorized<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let viewer = Viewer::of_request(app, parts)
            .await?
            .ok_or(Error::SignedOut)?;
        if !viewer.can(P::PERMISSION) {
            // The surrounding span holds the route and the request.
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

/// Like [`Authorized`], but the sender must have proved their identity in the last ten minutes.
/// Protects the most sensitive actions. Other senders are redirected to `/step-up` and return
/// afterwards.
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
