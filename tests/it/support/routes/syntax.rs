//! Meaning of single pieces of source: imports, permissions of a type, calls that add routes.

use axum::http::Method;
use reseller_portal::domain::role::Permission;
use syn::visit::{self, Visit};
use syn::{Expr, GenericArgument, PathArguments, Type, TypePath};

/// Collects every name that an import brings, with its path.
pub(super) fn leaves(tree: &syn::UseTree, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        syn::UseTree::Path(step) => {
            path.push(step.ident.to_string());
            leaves(&step.tree, path, found);
            path.pop();
        }
        // `columns::{self, …}` brings the name `columns`.
        syn::UseTree::Name(name) if name.ident == "self" => found.push(path.clone()),
        syn::UseTree::Name(name) => {
            path.push(name.ident.to_string());
            found.push(path.clone());
            path.pop();
        }
        syn::UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| leaves(tree, path, found)),
        syn::UseTree::Rename(_) | syn::UseTree::Glob(_) => {}
    }
}

/// Returns the module within `web` that an import's name comes from.
pub(super) fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut place = module.to_vec();
    for (at, step) in path.split_last()?.1.iter().enumerate() {
        match (at, step.as_str()) {
            (0, "crate") => place.clear(),
            (1, "web") if path[0] == "crate" => {}
            (0, "self") => {}
            (_, "super") => {
                place.pop()?;
            }
            _ => place.push(step.clone()),
        }
    }
    Some(place)
}

/// Returns `true` for `DraftForm` and types of the portal named after it.
pub(super) fn is_draft(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if last_name(path).contains("Draft"))
}

pub(super) fn last_name(path: &TypePath) -> String {
    path.path.segments.last().unwrap().ident.to_string()
}

/// Returns the permissions among a type's arguments, as in `Authorized<Read>`.
pub(super) fn permissions(path: &TypePath) -> impl Iterator<Item = Permission> {
    let arguments = match &path.path.segments.last().unwrap().arguments {
        PathArguments::AngleBracketed(given) => given.args.iter().collect(),
        _ => Vec::new(),
    };
    arguments.into_iter().filter_map(|argument| match argument {
        GenericArgument::Type(Type::Path(inner)) => {
            let name = last_name(inner);
            Permission::ALL
                .into_iter()
                .find(|permission| format!("{permission:?}") == name)
        }
        _ => None,
    })
}

/// Returns each method with its handler, as in `get(show).post(update)`.
pub(super) fn methods_of<'a>(file: &str, methods: &'a Expr) -> Vec<(Method, &'a Expr)> {
    let method = |name: &str| match name {
        "get" => Method::GET,
        "post" => Method::POST,
        other => panic!("{file}: routes are for get and post, not for {other}"),
    };
    match methods {
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else {
                panic!("{file}: methods that cannot be read here")
            };
            let name = function.path.segments.last().unwrap().ident.to_string();
            vec![(method(&name), &call.args[0])]
        }
        Expr::MethodCall(call) => {
            let mut found = methods_of(file, &call.receiver);
            found.push((method(&call.method.to_string()), &call.args[0]));
            found
        }
        _ => panic!("{file}: methods that cannot be read here"),
    }
}

/// Calls that add routes to a router.
#[derive(Default)]
pub(super) struct Calls<'a> {
    pub routes: Vec<(&'a Expr, &'a Expr)>,
    pub others: Vec<&'static str>,
}

/// Calls that add routes to a router, other than `route` and `merge`.
pub(super) const OTHERS: [&str; 11] = [
    "fallback",
    "fallback_service",
    "method_not_allowed_fallback",
    "nest",
    "nest_service",
    "route_service",
    "route_with_tsr",
    "typed_delete",
    "typed_get",
    "typed_post",
    "typed_put",
];

impl<'a> Visit<'a> for Calls<'a> {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let name = call.method.to_string();
        if name == "route" && call.args.len() == 2 {
            self.routes.push((&call.args[0], &call.args[1]));
        }
        self.others
            .extend(OTHERS.into_iter().filter(|other| *other == name));
        visit::visit_expr_method_call(self, call);
    }
}
