"""Every screen in every state that a technician can see: what the agent says, and what is pressed."""

from tests.webui.scenes.links import LINKS
from tests.webui.scenes.new import NEW
from tests.webui.scenes.orders import ORDERS
from tests.webui.scenes.outcomes import OUTCOMES
from tests.webui.scenes.profile import PROFILE
from tests.webui.scenes.queue import QUEUE
from tests.webui.scenes.results import RESULT
from tests.webui.scenes.scene import Scene

SCENES: list[Scene] = [*LINKS, *ORDERS, *NEW, *RESULT, *PROFILE, *OUTCOMES, *QUEUE]
