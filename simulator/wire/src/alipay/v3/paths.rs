//! Which method a path and an HTTP method call, compiled in from `fixtures/alipay/v3_paths.toml`.
//!
//! The table is the specification's; a path is not always the method's name with slashes.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One callable path.
#[derive(Debug, Deserialize)]
pub struct Route {
    /// The method's name, e.g. `alipay.marketing.card.open`.
    pub method: String,
    /// `GET`, `POST`, `DELETE` …
    pub http: String,
    /// The path without a query string.
    pub path: String,
    /// Parameters that travel in the query string.
    pub query: Vec<String>,
    /// How the others travel.
    pub body: Body,
}

/// The body of a route's requests.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// A JSON object.
    Json,
    /// None.
    None,
    /// A JSON part `data` and files.
    Multipart,
}

/// What a path is to an HTTP method.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// A method.
    Route(&'static Route),
    /// A path of another HTTP method: this route's.
    OtherHttpMethod(&'static Route),
    /// No path.
    Nothing,
}

#[derive(Deserialize)]
struct Table {
    path: Vec<Route>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("../../../../../fixtures/alipay/v3_paths.toml")).expect("the table is read by a test"));

static BY_PATH: LazyLock<HashMap<&'static str, Vec<&'static Route>>> = LazyLock::new(|| {
    let mut map: HashMap<_, Vec<_>> = HashMap::new();
    for route in &TABLE.path {
        map.entry(route.path.as_str()).or_default().push(route);
    }
    map
});

/// The route of a path and an HTTP method.
pub fn find(http_method: &str, path: &str) -> Found {
    match BY_PATH.get(path).map(Vec::as_slice) {
        None | Some([]) => Found::Nothing,
        Some(routes @ [first, ..]) => {
            routes.iter().find(|route| route.http == http_method).map_or(Found::OtherHttpMethod(first), |route| Found::Route(route))
        }
    }
}

/// The route of a method; `None` for methods that have no V3 path.
pub fn of_method(method: &str) -> Option<&'static Route> {
    TABLE.path.iter().find(|route| route.method == method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_table_leads_to_its_method() {
        assert_eq!(TABLE.path.len(), 62);
        for route in &TABLE.path {
            assert!(route.path.starts_with(super::super::PREFIX), "{}", route.path);
            assert!(matches!(find(&route.http, &route.path), Found::Route(found) if found.method == route.method), "{}", route.path);
            assert_eq!(of_method(&route.method).map(|found| &found.path), Some(&route.path));
        }
        assert!(matches!(find("PATCH", "/v3/alipay/marketing/card/open"), Found::OtherHttpMethod(route) if route.http == "POST"));
        assert!(matches!(find("GET", "/v3/alipay/none"), Found::Nothing));
    }
}
