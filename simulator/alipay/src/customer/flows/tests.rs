//! What is missing for each flow, and what still differs.

use crate::check::{Shop, template};
use engine::provider::{Flows, Provider};
use serde_json::{Value, json};
use testkit::{Field, Names, Stage};
use world::joining::GatewaySet;
use world::merchant::Era;

fn create(shop: &mut Shop, document: &Value) -> String {
    let fields: Vec<Field> =
        document.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    let answer = shop.call(None, "alipay.marketing.card.template.create", &fields, &Names::default()).unwrap();
    answer.object["template_id"].as_str().unwrap().to_owned()
}

fn flows(shop: &Shop, template: &str) -> Flows {
    shop.look(|world, _| shop.platform.flows(world, &template.into())).unwrap()
}

#[test]
fn what_is_missing_is_named_step_by_step_until_both_flows_have_a_link() {
    let mut shop = Shop::new(7, Era::UserId);
    let mut document = template();
    document["request_id"] = json!("R1");
    let bare = create(&mut shop, &document);
    let of_bare = flows(&shop, &bare);
    assert_eq!((of_bare.classic.missing.len(), of_bare.fast.missing.len()), (2, 2), "{of_bare:?}");
    assert_eq!(shop.look(|world, _| shop.platform.flows(world, &"none".into())), None);

    document["request_id"] = json!("R2");
    document["spi_app_id"] = json!(shop.app.as_str());
    document["template_form_config"] = json!({"fields": {"required": ["OPEN_FORM_FIELD_MOBILE"]}});
    let template = create(&mut shop, &document);
    assert!(flows(&shop, &template).fast.missing[0].contains("gateway"));
    shop.record(GatewaySet { app: shop.app.clone(), gateway: "http://127.0.0.1:9/".to_owned() });
    let mut names = Names::default();
    names.bind("T", template.as_str());
    shop.given(&["a", "form", "on", "T", "asking", "MOBILE", "NAME"], &[], &mut names).unwrap();
    shop.given(&["a", "link", "L", "to", "T"], &[], &mut names).unwrap();
    let ready = flows(&shop, &template);
    assert_eq!((ready.classic.missing.len(), ready.fast.missing.len()), (0, 0), "{ready:?}");
    assert!(ready.fast.link.unwrap().contains("/account/openform/fastopen.htm?app_id="));
    assert!(ready.classic.link.unwrap().starts_with("http://127.0.0.1:8600/account/openform/activecard.htm?"));
    assert!(ready.differs.contains(&"required only in the classic flow: OPEN_FORM_FIELD_NAME".to_owned()), "{:?}", ready.differs);
}
