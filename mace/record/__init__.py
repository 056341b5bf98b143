"""One child's page: overview, actions, meetings, chronology; the list of children; search."""
