//! `kabao play`: a story against a running platform and a merchant, and the bundle it leaves behind.

use super::terminal::{paint, talk, tell};
use crate::exit::{Ended, Exit};
use clap::Args;
use scenarios::{PlayOptions, Target, library};
use std::path::PathBuf;

/// Play a story
#[derive(Args)]
pub(super) struct Play {
    /// A `.feature` file or a story of the library, with `:LINE` for one scenario; the library is listed without one
    story: Option<String>,
    /// List the steps there are, with examples
    #[arg(long)]
    steps: bool,
    #[command(flatten)]
    place: Where,
    /// Keep the run here, to be judged later with `kabao check --journal`
    #[arg(long, value_name = "BUNDLE")]
    keep: Option<PathBuf>,
}

/// Where a story is played.
#[derive(Args)]
pub(super) struct Where {
    /// The running platform
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8600", env = "KABAO_URL")]
    platform: String,
    /// The sandbox
    #[arg(long, default_value = "demo")]
    pub(super) sandbox: String,
    /// The merchant's till API
    #[arg(long, value_name = "URL")]
    pub(super) merchant: Option<String>,
}

impl Where {
    /// The platform's address without a slash at the end.
    pub(super) fn platform(&self) -> &str {
        self.platform.trim_end_matches('/')
    }
}

impl Play {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        if self.steps {
            let told = |step: &&scenarios::vocabulary::Step| {
                format!("{}\n{}\n    {}\n    {}\n", step.english, step.chinese, step.example, step.example_chinese)
            };
            tell(&scenarios::steps().iter().map(told).collect::<Vec<_>>().join("\n"));
            return Ok(Exit::Fine);
        }
        let Some(name) = &self.story else {
            tell(&library::all().map(|(path, _)| path).collect::<Vec<_>>().join("\n"));
            return Ok(Exit::Fine);
        };
        let misread = |faults: Vec<scenarios::Misread>| Ended::usage(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let (story, line) = library::open(name).map_err(misread)?;
        let merchant = self.place.merchant.clone().ok_or_else(|| Ended::usage("name the merchant with --merchant URL (its till API)"))?;
        let platform = self.place.platform().to_owned();
        let target = Target {
            gateway: format!("{platform}/gateway.do"),
            control: platform,
            sandbox: self.place.sandbox.clone(),
            merchant: merchant.into(),
        };
        let run = super::runtime()?.block_on(scenarios::play(&story, &target, &PlayOptions { line, ..PlayOptions::default() }));
        tell(&scenarios::telling::tell(&run, paint()));
        if let Some(path) = &self.keep {
            let text = serde_json::to_string_pretty(&run).map_err(Ended::bug)?;
            std::fs::write(path, text).map_err(|error| Ended::usage(format!("{}: {error}", path.display())))?;
            talk(&format!("kept in {}", path.display()));
        }
        // a connection that broke says nothing about the merchant
        match run.broken() {
            Some(why) => Err(Ended::unreachable(why.to_owned())),
            None => Ok(if run.passed() { Exit::Fine } else { Exit::Breaches }),
        }
    }
}
