//! Checks of `alipay.user.card.level.set` and `.query`.

use crate::check::check;

#[test]
fn a_level_is_put_under_its_name_and_cards_may_have_only_those() {
    check(
        "
        > alipay.user.card.template.create title=云卡 logo_url=http://127.0.0.1/l date_type=PERMANENT need_level=true
        < 10000 template_id>T
        > alipay.user.card.level.query template_id=T
        < 10000 card_level_configs:=[]
        > alipay.user.card.level.set template_id=T operate_type=ADD card_level_config.level=V1 card_level_config.title=银卡
        < 10000
        > alipay.user.card.level.set template_id=T operate_type=UPDATE card_level_config.level=V1 card_level_config.title=金卡
        < 10000
        > alipay.user.card.level.query template_id=T
        < 10000 card_level_configs[0].title=金卡 !card_level_configs[1]
        given Li holds card C of T card_ext_info.level=V1
        expect Li sees level 金卡 on C
        > alipay.user.card.instance.modify card_no=EXT-C user_id=Li level=V9
        < 40002 isv.invalid-parameter sub_msg~等级
        > alipay.user.card.level.set template_id=none operate_type=ADD card_level_config.level=V1
        < 40002 isv.invalid-parameter
        > alipay.user.card.level.query template_id=none
        < 40002 isv.invalid-parameter
        ",
    );
}
