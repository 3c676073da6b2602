//! The rules about Alipay, one file each. Adding one is a file, its Chinese page and two lines here.

mod opn_001_serial_idempotent;
mod opn_003_form_before_open;
mod ops_001_config_split;
mod sig_001_own_key_pair;
mod sig_007_beijing_time;
mod sig_008_biz_content_valid;
mod tpl_001_columns_declared;
mod upd_004_number_format;

use crate::rule::Rule;

/// Every rule about Alipay, by id.
pub const RULES: &[Rule] = &[
    opn_001_serial_idempotent::RULE,
    opn_003_form_before_open::RULE,
    ops_001_config_split::RULE,
    sig_001_own_key_pair::RULE,
    sig_007_beijing_time::RULE,
    sig_008_biz_content_valid::RULE,
    tpl_001_columns_declared::RULE,
    upd_004_number_format::RULE,
];

/// Names of the methods that rules speak of.
pub(crate) mod methods {
    pub(crate) const OPEN: &str = "alipay.marketing.card.open";
    pub(crate) const UPDATE: &str = "alipay.marketing.card.update";
    pub(crate) const CONSUME_SYNC: &str = "alipay.marketing.card.consume.sync";
    pub(crate) const FORM_QUERY: &str = "alipay.marketing.card.activateform.query";
    pub(crate) const FORM_SET: &str = "alipay.marketing.card.formtemplate.set";
    pub(crate) const TEMPLATE_CREATE: &str = "alipay.marketing.card.template.create";
    pub(crate) const TEMPLATE_MODIFY: &str = "alipay.marketing.card.template.modify";
}
