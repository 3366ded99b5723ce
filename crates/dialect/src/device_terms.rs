//! The settings of mounts that authorize devices.

use crate::SettingsReader;
use grant::DeviceTerms;

impl SettingsReader<'_> {
    /// The settings of a mount that authorizes devices: `device_code_ttl` and `device_interval`.
    pub fn device(&mut self, default: DeviceTerms) -> DeviceTerms {
        DeviceTerms {
            ttl: self.seconds(
                "device_code_ttl",
                1,
                default.ttl,
                "How long a user has to allow a device, in seconds (RFC 8628).",
            ),
            interval: self.seconds(
                "device_interval",
                1,
                default.interval,
                "How long a device waits between two requests for its token, in seconds; one that asks sooner waits 5 more \
                 each time.",
            ),
        }
    }
}
