"""Real Chromium, driven by chromedriver, and what a person does and sees in it."""

import importlib
import os
import pathlib
import shutil
import sys
import urllib.error
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "integration"))

# Debian's python3-selenium is Debian's python's, whatever comes first in the path.
SYSTEM_PYTHON = "/usr/bin/python3"
try:
    importlib.import_module("selenium")
except ImportError:
    if os.path.exists(SYSTEM_PYTHON) and not sys.flags.ignore_environment:
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, "-B", "-E", *sys.argv])

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

# pylint: disable=wrong-import-position
import relay_process  # noqa: E402
from runner import RelayTest  # noqa: E402
from waiting import wait_until  # noqa: E402

LIMIT = 20  # for a machine that has much else to do
DRIVER = "/usr/bin/chromedriver"
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--no-proxy-server", "--window-size=1280,900", "--force-color-profile=srgb")
# A game wants a picture, which is computed without a graphics card.
WITH_WEBGL = (*OPTIONS, "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DESKTOP, PHONE = (1280, 900), (360, 740)


def missing():
    """What there is too little of here; empty if the tests can run."""
    if webdriver is None:
        return "python3-selenium is not installed"
    if not shutil.which("chromium"):
        return "chromium is not installed"
    return "" if os.path.exists(DRIVER) else "chromium-driver is not installed"


def pictures():
    """Where screenshots go: beside the programs that are tested."""
    folder = pathlib.Path(relay_process.binary).resolve().parents[1] / "page_pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_chromium(words=OPTIONS):
    options = webdriver.ChromeOptions()
    for option in words:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(DRIVER))


class BrowserTest(RelayTest):
    """One Chromium for all tests of a class; each has an origin, and so a store, of its own."""

    driver = None

    @classmethod
    def setUpClass(cls):
        if cls.driver is None and not missing():
            cls.driver = start_chromium()
            cls.addClassCleanup(cls.driver.quit)

    def setUp(self):
        if missing():
            self.skipTest(missing())
        self.size(*DESKTOP)
        self.colours("light")
        self.driver.get_log("browser")  # of the test before

    # What it is given.

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def colours(self, scheme, motion="no-preference"):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion}]})

    @staticmethod
    def url(relay):
        return "http://{}:{}/".format(*relay.admin_address)

    def see(self, relay):
        self.driver.get(self.url(relay))
        self.wait_for(lambda: self.text("#state") in ("running", "draining"), "the state")

    # What a person sees.

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """What is shown of it; of several, all of it."""
        return self.js("""return [...document.querySelectorAll(arguments[0])]
            .map((element) => element.innerText).join("\\n")""", selector)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition, what, limit=LIMIT):
        return wait_until(condition, limit, what)

    def wait_for_text(self, selector, text, limit=LIMIT):
        wait_until(lambda: text in self.text(selector), limit,
                   f"{text!r} in {selector}, where {self.text(selector)!r} is")

    def assert_quiet_console(self, *expected):
        """No error, and no breach of the policy: those are told here, too."""
        told = [entry["message"] for entry in self.driver.get_log("browser")
                if not any(part in entry["message"] for part in expected)]
        self.assertEqual(told, [])

    def picture(self, name):
        self.driver.save_screenshot(str(pictures() / f"{name}.png"))

    # What a person does.

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        """The text or name of the element that has the focus."""
        return self.js("""const it = document.activeElement;
            return it.getAttribute("aria-label") || it.innerText || it.id || it.tagName""")

    def tab_to(self, name, at_most=200):
        """With the keyboard alone."""
        for _ in range(at_most):
            if self.focused().strip() == name:
                return
            self.keys(Keys.TAB)
        self.fail(f"{name!r} cannot be reached with the keyboard")

    def press(self, name, within="body"):
        """The button that is seen with this name."""
        def found():
            return self.js("""
                const [name, within] = arguments;
                return [...document.querySelectorAll(within + " button")].find((it) =>
                    (it.getAttribute("aria-label") || it.innerText) === name &&
                    it.checkVisibility())""",
                            name, within)
        button = self.wait_for(found, f"the button {name!r}")
        self.js("arguments[0].scrollIntoView({block: 'center'})", button)  # not below the head
        button.click()

    def open_part(self, name):
        self.js("""[...document.querySelectorAll("#steering summary")].find((it) =>
            it.innerText === arguments[0]).click()""", name)

    def enter_token(self, token):
        field = self.one("#token")
        field.clear()
        field.send_keys(token, Keys.ENTER)


def fetch(url, method="GET", headers=None):
    """Status, headers and body, whatever the status."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, method=method, headers=headers or {})
    try:
        with opener.open(request, timeout=LIMIT) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()
