//! Certificate mode's three files: which is which, their serial numbers, whether they are valid and form a chain.

use super::finding::Finding;
use super::setup::Setup;
use wire::alipay::diagnosis::remarks::PRODUCTION_ROOT_SN;
use wire::alipay::{Certificate, CertificateFile};
use wire::keys::SigningKey;

/// What a file of certificates is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    App,
    Alipay,
    Roots,
}

impl Role {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::App => ("the application's certificate", "应用公钥证书"),
            Self::Alipay => ("the Alipay certificate", "支付宝公钥证书"),
            Self::Roots => ("the bundle of roots", "支付宝根证书"),
        }
    }

    fn check(self) -> &'static str {
        match self {
            Self::App => "app certificate",
            Self::Alipay => "alipay certificate",
            Self::Roots => "root certificates",
        }
    }
}

pub(super) fn examine(setup: &Setup, now_ms: i64) -> Vec<Finding> {
    let files = [(Role::App, &setup.app_cert), (Role::Alipay, &setup.alipay_cert), (Role::Roots, &setup.root_cert)];
    if files.iter().all(|(_, text)| text.is_none()) {
        return vec![Finding::not_given("certificates", "--app-cert, --alipay-cert, --root-cert")];
    }
    let private = setup.key.as_deref().and_then(|text| SigningKey::from_text(text).ok());
    let read: Vec<(Role, Option<Result<CertificateFile, String>>)> = files
        .into_iter()
        .map(|(role, text)| (role, text.as_deref().map(|text| CertificateFile::from_pem(text).map_err(|error| error.to_string()))))
        .collect();
    let roots = read.iter().find_map(|(role, file)| {
        file.as_ref()?.as_ref().ok().filter(|file| role_of(file, private.as_ref()) == Role::Roots && *role == Role::Roots)
    });
    read.iter().map(|(role, file)| one(*role, file.as_ref(), private.as_ref(), roots, now_ms)).collect()
}

/// What a file is, judged by what stands in it.
fn role_of(file: &CertificateFile, private: Option<&SigningKey>) -> Role {
    let leaf = file.leaf();
    if leaf.is_authority() && leaf.issuer() == leaf.subject() {
        return Role::Roots;
    }
    let own = private.map(|private| leaf.key() == Some(private.verifying()));
    // the platform hands its certificate out with the issuer behind it, the application's alone
    let is_the_platforms =
        file.certificates().len() > 1 || own.is_some() && (leaf.subject().contains("Alipay") || leaf.subject().contains("支付宝"));
    if own != Some(true) && is_the_platforms { Role::Alipay } else { Role::App }
}

fn one(
    role: Role,
    file: Option<&Result<CertificateFile, String>>,
    private: Option<&SigningKey>,
    roots: Option<&CertificateFile>,
    now_ms: i64,
) -> Finding {
    let check = role.check();
    let file = match file {
        None => {
            return Finding::wrong(
                check,
                Some("Q23"),
                format!("missing: certificate mode needs all three files, also {}", role.words().0),
                format!("缺少{}：证书模式需要全部三个文件", role.words().1),
            );
        }
        Some(Err(error)) => return Finding::wrong(check, Some("Q23"), error.clone(), format!("不是可用的证书文件：{error}")),
        Some(Ok(file)) => file,
    };
    let is = role_of(file, private);
    if is != role {
        let ((is, is_zh), (wanted, wanted_zh)) = (is.words(), role.words());
        return Finding::wrong(
            check,
            Some("Q23"),
            format!("this is {is}, not {wanted}: the files are swapped"),
            format!("这是{is_zh}，不是{wanted_zh}：文件放反了"),
        );
    }
    if let Some(over) = file.certificates().iter().find(|one| role != Role::Roots && !one.is_valid_at(now_ms)) {
        return Finding::wrong(
            check,
            Some("Q23"),
            format!("{} is not valid today", over.subject()),
            format!("{} 今天不在有效期内", over.subject()),
        );
    }
    match role {
        Role::Roots => of_roots(check, file),
        Role::App | Role::Alipay => of_leaf(role, file, private, roots, now_ms),
    }
}

fn of_roots(check: &'static str, file: &CertificateFile) -> Finding {
    let sn = file.root_sn();
    let total = file.certificates().len();
    let counted = file.certificates().iter().filter(|one| one.is_rsa_signed()).count();
    if counted == 0 {
        return Finding::wrong(check, Some("Q23"), "no root signed with RSA in this bundle", "文件中没有RSA签名的根证书");
    }
    let whose = if sn == PRODUCTION_ROOT_SN { (" (production's bundle)", "（生产环境的根证书）") } else { ("", "") };
    Finding::right(
        check,
        format!("{counted} of {total} count, alipay_root_cert_sn {sn}{}", whose.0),
        format!("共 {total} 个，计 {counted} 个，alipay_root_cert_sn {sn}{}", whose.1),
    )
}

fn of_leaf(role: Role, file: &CertificateFile, private: Option<&SigningKey>, roots: Option<&CertificateFile>, now_ms: i64) -> Finding {
    let check = role.check();
    let leaf: &Certificate = file.leaf();
    if role == Role::App && private.is_some_and(|private| leaf.key() != Some(private.verifying())) {
        return Finding::wrong(check, Some("Q01"), "its key is not the pair of the private key", "证书中的公钥与私钥不是一对");
    }
    // the application's file has no issuer in it, so only the platform's can be followed to a root
    if let Some(Err(fault)) = roots.filter(|_| role == Role::Alipay).map(|roots| file.verify(roots, now_ms)) {
        return Finding::wrong(
            check,
            Some("Q23"),
            format!("not trusted by the roots given: {fault}"),
            format!("无法由所给根证书验证：{fault}"),
        );
    }
    let name = if role == Role::App { "app_cert_sn" } else { "alipay_cert_sn" };
    Finding::right(check, format!("{name} {}", leaf.sn()), format!("{name} {}", leaf.sn()))
}
